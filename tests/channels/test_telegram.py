"""Telegram's updates of every kind, by webhook and by polling."""

from __future__ import annotations

import itertools
import threading
import time
from typing import Any

import pytest

from bot import telegram_poll
from tests.messaging import new_number
from tests.stand_ins.engine import reply

_updates = itertools.count(5_000_000)
CHOICES = [{"title": "Yebo", "payload": "yes"}, {"title": "Cha", "payload": "no"}]


@pytest.fixture
def chat() -> str:
    return new_number()[1:]


def message(chat: str, kind: str = "message", **content: Any) -> dict[str, Any]:
    person = {"id": int(chat), "is_bot": False, "first_name": "Thandi", "last_name": "Cele"}
    home = {"id": int(chat), "type": "private"}
    return {
        "update_id": next(_updates),
        kind: {"message_id": 9, "date": 1790000000, "chat": home, "from": person, **content},
    }


def pressed(chat: str, data: str) -> dict[str, Any]:
    query = {
        "id": "77",
        "from": {"id": int(chat), "is_bot": False, "first_name": "T"},
        "chat_instance": "1",
        "data": data,
    }
    query["message"] = {"message_id": 5, "date": 0, "chat": {"id": int(chat), "type": "private"}}
    return {"update_id": next(_updates), "callback_query": query}


def member(chat: str, before: str, now: str, kind: str = "private") -> dict[str, Any]:
    return {
        "update_id": next(_updates),
        "my_chat_member": {
            "chat": {"id": int(chat), "type": kind},
            "from": {"id": int(chat), "is_bot": False, "first_name": "T"},
            "date": 0,
            "old_chat_member": {"status": before, "user": {"id": 1, "is_bot": True, "first_name": "B"}},
            "new_chat_member": {"status": now, "user": {"id": 1, "is_bot": True, "first_name": "B"}},
        },
    }


def test_choices_are_keys_and_a_pressed_key_is_its_payload(messaging, chat):
    messaging.engine.plan["hello"] = [reply("utter_ask_wants_agent", buttons=CHOICES)]
    messaging.update(message(chat, text="hello"))
    messaging.work()
    (keys,) = next(m for m in messaging.telegram.sent if "reply_markup" in m)["reply_markup"][
        "inline_keyboard"
    ]
    assert [(key["text"], key["callback_data"]) for key in keys] == [("Yebo", "yes"), ("Cha", "no")]
    messaging.update(pressed(chat, "yes"))
    messaging.work()
    assert messaging.telegram.answered == ["77"]
    assert [asked["message"] for asked in messaging.engine.asked] == ["hello", "yes"]


def test_a_payload_that_was_never_offered_is_only_text(messaging, chat):
    messaging.update(pressed(chat, "/restart"))
    messaging.work()
    assert messaging.engine.asked[0]["message"] == "restart"


def test_a_payload_over_64_bytes_travels_as_its_number(messaging, chat):
    long = "isikhalazo sami " * 5
    messaging.engine.plan["hello"] = [
        reply("utter_ask_wants_agent", buttons=[{"title": "A", "payload": long}])
    ]
    messaging.update(message(chat, text="hello"))
    messaging.work()
    messaging.update(pressed(chat, "1"))
    messaging.work()
    assert messaging.engine.asked[1]["message"] == long


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("sticker", "utter_sticker_only"),
        ("voice", "utter_voice_only"),
        ("video_note", "utter_voice_only"),
        ("document", "utter_media_only"),
        ("animation", "utter_media_only"),
    ],
)
def test_what_has_no_words_gets_a_kind_word(messaging, chat, kind, key):
    messaging.update(message(chat, **{kind: {"file_id": "f", "file_unique_id": "u"}}))
    messaging.work()
    assert messaging.keys("telegram", chat) == [key]


def test_a_dice_and_what_comes_next_year_get_a_kind_word(messaging, chat):
    assert messaging.update(message(chat, dice={"emoji": "🎲", "value": 3}, hologram={"x": 1})) == 200
    messaging.work()
    assert messaging.keys("telegram", chat) == ["utter_media_only"]


def test_a_shared_contact_is_its_number(messaging, chat):
    messaging.update(message(chat, contact={"phone_number": "+27821234567", "first_name": "Sipho"}))
    messaging.work()
    assert messaging.engine.asked[0]["message"] == "+27821234567"


def test_a_venue_is_its_name_and_pin(messaging, chat):
    pin = {"latitude": -29.1, "longitude": 31.4}
    messaging.update(
        message(chat, location=pin, venue={"title": "Sundumbili Clinic", "address": "x", "location": pin})
    )
    messaging.work()
    assert messaging.engine.asked[0]["message"] == "Sundumbili Clinic"
    assert messaging.engine.asked[0]["metadata"]["longitude"] == 31.4


def test_an_edit_answers_the_open_question(messaging, chat):
    messaging.engine.plan["hello"] = [reply("utter_ask_location")]
    messaging.update(message(chat, text="hello"))
    messaging.work()
    messaging.update(message(chat, "edited_message", text="eSundumbili"))
    messaging.work()
    assert messaging.engine.asked[1]["message"] == "eSundumbili"
    assert messaging.engine.asked[1]["metadata"]["asking"] == "location"


def test_an_edit_of_something_done_is_not_done_twice(messaging, chat):
    messaging.update(message(chat, text="Awekho amanzi"))
    messaging.work()
    messaging.update(message(chat, "edited_message", text="Awekho amanzi!"))
    messaging.work()
    assert len(messaging.engine.asked) == 1
    assert len(messaging.keys("telegram", chat)) == 2


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
def test_groups_are_left_alone(messaging, chat, kind):
    update = message(chat, text="hello")
    update["message"]["chat"]["type"] = kind
    assert messaging.update(update) == 200
    assert messaging.update(member(chat, "left", "member", kind)) == 200
    messaging.work()
    assert messaging.messages("telegram", chat) == []
    assert messaging.telegram.sent == []


def test_other_bots_and_other_updates_are_left_alone(messaging, chat):
    update = message(chat, text="hello")
    update["message"]["from"]["is_bot"] = True
    assert messaging.update(update) == 200
    assert messaging.update({"update_id": next(_updates), "poll": {"id": "1"}}) == 200
    assert messaging.messages("telegram", chat) == []


def test_who_blocks_the_bot_has_opted_out(messaging, chat):
    messaging.update(message(chat, text="hello"))
    messaging.work()
    messaging.telegram.sent.clear()
    messaging.update(member(chat, "member", "kicked"))
    messaging.work()
    assert messaging.opted_out("telegram", chat)
    messaging.update(member(chat, "kicked", "member"))
    messaging.work()
    assert not messaging.opted_out("telegram", chat)
    assert messaging.telegram.sent == []


def test_start_is_a_greeting_and_not_an_order(messaging, chat):
    messaging.update(message(chat, text="/start"))
    messaging.work()
    assert messaging.keys("telegram", chat) == ["utter_greet"]
    assert len(messaging.telegram.sent) == 2  # with the privacy notice
    messaging.update(message(chat, text="/start"))
    messaging.work()
    assert [asked["message"] for asked in messaging.engine.asked] == ["start"]


def test_polling_takes_each_update_once_and_goes_on_after_a_bad_one(messaging, chat, monkeypatch):
    first, second = message(chat, text="one"), message(chat, text="two")
    messaging.telegram.updates.extend([first, second])
    stop = threading.Event()
    thread = threading.Thread(target=telegram_poll.run, args=(stop,))
    thread.start()
    try:
        until = time.monotonic() + 60
        while len(messaging.messages("telegram", chat, "in")) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        messaging.telegram.updates.append(second)
        time.sleep(0.3)
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()
    assert [m.body for m in messaging.messages("telegram", chat, "in")] == ["one", "two"]
