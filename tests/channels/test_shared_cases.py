"""One table of cases, run against every channel: what arrives, and what becomes of it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import pytest

from tests.messaging import TOKEN, Messaging, new_number, new_sid

LONG = "Awekho amanzi. " * 700  # 10,500 characters


@dataclass
class Case:
    """What a person does; `reply` is the key they hear, `asked` what the engine hears (None: not asked)."""

    id: str
    text: str = ""
    pin: tuple[float, float] | None = None
    photo: bool = False
    reply: str = "utter_greet"
    asked: str | None = None


CASES = [
    Case("words", "Awekho amanzi", asked="Awekho amanzi"),
    Case("empty", "", reply="utter_empty"),
    Case("blank", "  \n ", reply="utter_empty"),
    Case("only slashes", "//", reply="utter_empty"),
    Case("a command to the engine", "/restart", asked="restart"),
    Case("an intent typed", '/submit{"account_number":"1"}', asked='submit{"account_number":"1"}'),
    Case("photo without words", photo=True, reply="utter_photo_only"),
    Case("photo with words", "umgodi emgwaqweni", photo=True, asked="umgodi emgwaqweni"),
    Case("pin without words", pin=(-29.12, 31.39), asked=""),
    Case("ten thousand characters", LONG, asked=LONG[:10_000].strip()),
    Case("emoji", "💧💧 amanzi 🚱", asked="💧💧 amanzi 🚱"),
    Case("right to left", "لا يوجد ماء", asked="لا يوجد ماء"),
    Case("nul", "no\x00 water", asked="no water"),
    Case("half a surrogate", "no water \ud83d", asked="no water ?"),
]
_updates = itertools.count(1_000_000)


class Twilio:
    """SMS or WhatsApp, as Twilio posts them."""

    def __init__(self, side: Messaging, channel: str) -> None:
        self.side, self.channel = side, channel
        self.address = new_number()
        self.sender = ("whatsapp:" if channel == "whatsapp" else "") + self.address

    def form(self, case: Case) -> dict[str, str]:
        form = {"MessageSid": new_sid(), "AccountSid": "ACtest", "From": self.sender, "To": "+27310000001"}
        form |= {"Body": case.text.encode("utf-8", "replace").decode(), "NumMedia": "0", "ListId": ""}
        if case.photo:
            form |= {
                "NumMedia": "1",
                "MediaUrl0": "https://api.twilio.com/m",
                "MediaContentType0": "image/jpeg",
            }
        if case.pin:
            form |= {"Latitude": str(case.pin[0]), "Longitude": str(case.pin[1])}
        return form

    def post(self, message: dict[str, str]) -> int:
        return self.side.signed("/webhooks/twilio", message)

    def post_forged(self, message: dict[str, str]) -> int:
        return self.side.signed("/webhooks/twilio", message, token=TOKEN[::-1])

    def post_unsigned(self, message: dict[str, str]) -> int:
        return self.side.client.post("/webhooks/twilio", data=message).status_code

    def malformed(self) -> list[tuple[dict[str, str], str]]:
        whole = self.form(Case("words", "hello"))
        return [
            ({**whole, "MessageSid": ""}, "MessageSid"),
            ({key: value for key, value in whole.items() if key != "From"}, "From"),
            ({**whole, "From": "<script>"}, "From"),
            ({**whole, "NumMedia": "many"}, "NumMedia"),
        ]

    def post_for_fault(self, message: dict[str, str]) -> tuple[int, Any]:
        from urllib.parse import urlencode

        from tests.messaging import PUBLIC_URL
        from tests.stand_ins.twilio import sign

        answer = self.side.client.post(
            "/webhooks/twilio",
            content=urlencode(message),
            headers={"X-Twilio-Signature": sign(TOKEN, PUBLIC_URL + "/webhooks/twilio", message)},
        )
        return answer.status_code, answer.json()["detail"]

    def sent(self) -> list[str]:
        to = ("whatsapp:" if self.channel == "whatsapp" else "") + self.address
        return [message["body"] for message in self.side.twilio.sent if message["to"] == to]


class Telegram:
    """Telegram, as it posts updates."""

    channel = "telegram"

    def __init__(self, side: Messaging, channel: str) -> None:
        self.side = side
        self.address = new_number()[1:]

    def form(self, case: Case) -> dict[str, Any]:
        chat = {"id": int(self.address), "type": "private", "first_name": "Thandi"}
        message: dict[str, Any] = {
            "message_id": 1,
            "date": 1790000000,
            "chat": chat,
            "from": {**chat, "is_bot": False},
        }
        if case.photo:
            message |= {"photo": [{"file_id": "small"}, {"file_id": "large"}]}
        if case.text:
            message["caption" if case.photo else "text"] = case.text
        if case.pin:
            message["location"] = {"latitude": case.pin[0], "longitude": case.pin[1]}
        if not case.text and not case.photo and not case.pin:
            message["text"] = ""
        return {"update_id": next(_updates), "message": message}

    def post(self, update: dict[str, Any]) -> int:
        return self.side.update(update)

    def post_forged(self, update: dict[str, Any]) -> int:
        return self.side.update(update, secret="telegram-secreT")

    def post_unsigned(self, update: dict[str, Any]) -> int:
        return self.side.update(update, secret=None)

    def malformed(self) -> list[tuple[Any, str]]:
        whole = self.form(Case("words", "hello"))
        return [
            ({"message": whole["message"]}, "update_id"),
            ({**whole, "update_id": "x"}, "update_id"),
            ({**whole, "message": {**whole["message"], "chat": {}}}, "message.chat.id"),
            ([1, 2], "body"),
        ]

    def post_for_fault(self, update: Any) -> tuple[int, Any]:
        answer = self.side.client.post(
            "/webhooks/telegram", json=update, headers={"X-Telegram-Bot-Api-Secret-Token": "telegram-secret"}
        )
        return answer.status_code, answer.json()["detail"]

    def sent(self) -> list[str]:
        return [m["text"] for m in self.side.telegram.sent if str(m["chat"]["id"]) == self.address]


@pytest.fixture(params=["sms", "whatsapp", "telegram"])
def phone(request, messaging):
    return (Telegram if request.param == "telegram" else Twilio)(messaging, request.param)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_is_taken_and_answered(phone, messaging, case):
    assert phone.post(phone.form(case)) == 200
    messaging.work()
    assert messaging.keys(phone.channel, phone.address) == [case.reply]
    heard = [asked["message"] for asked in messaging.engine.asked]
    assert heard == ([] if case.asked is None else [case.asked])
    assert len(phone.sent()) == 2  # the reply, and the privacy notice of first contact
    (inbound,) = messaging.messages(phone.channel, phone.address, "in")
    assert inbound.status == "handled"
    assert len(inbound.body) <= 10_000
    if case.pin:
        assert messaging.engine.asked[0]["metadata"]["latitude"] == case.pin[0]


def test_a_repeated_message_is_taken_once(phone, messaging):
    message = phone.form(Case("words", "Awekho amanzi"))
    assert [phone.post(message) for _ in range(3)] == [200, 200, 200]
    messaging.work()
    assert phone.post(message) == 200
    messaging.work()
    assert len(messaging.engine.asked) == 1
    assert len(messaging.messages(phone.channel, phone.address, "in")) == 1
    assert len(phone.sent()) == 2


def test_a_forged_message_is_refused(phone, messaging):
    message = phone.form(Case("words", "Awekho amanzi"))
    assert phone.post_forged(message) == 403
    assert phone.post_unsigned(message) == 403
    assert messaging.messages(phone.channel, phone.address) == []


def test_a_malformed_message_names_its_field(phone, messaging):
    for message, field in phone.malformed():
        status, detail = phone.post_for_fault(message)
        assert (status, detail["field"]) == (400, field)
    assert messaging.messages(phone.channel, phone.address) == []


def test_an_oversized_body_is_refused(phone, messaging):
    path = "/webhooks/telegram" if phone.channel == "telegram" else "/webhooks/twilio"
    assert messaging.client.post(path, content=b"x" * 300_000).status_code == 413
    # The same without a length announced.
    assert messaging.client.post(path, content=iter([b"x" * 100_000] * 3)).status_code == 413


def test_messages_are_answered_in_their_order(phone, messaging):
    for number in range(5):
        phone.post(phone.form(Case("words", f"message {number}")))
    messaging.work()
    assert [asked["message"] for asked in messaging.engine.asked] == [f"message {n}" for n in range(5)]


def test_an_unknown_number_gets_the_privacy_notice_once(phone, messaging):
    for _ in range(2):
        phone.post(phone.form(Case("words", "hello")))
        messaging.work()
    keys = [message.response_key for message in messaging.messages(phone.channel, phone.address, "out")]
    assert keys == ["utter_greet", "utter_privacy_notice", "utter_greet"]
