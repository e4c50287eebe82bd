"""Twilio's webhooks: signature, receipts, opt-outs told by the provider."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from bot.channels import twilio_sms
from bot.channels import twilio_wire as wire
from bot.sending import LINES, Line
from crm_store.database import transaction
from crm_store.tables import EarlyReceipt
from tests.messaging import PUBLIC_URL, TOKEN, new_number, new_sid
from tests.stand_ins.twilio import sign

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=8))
@settings(max_examples=100, deadline=None)
def test_two_implementations_of_the_signature_agree(form):
    assert sign(TOKEN, PUBLIC_URL, form) == RequestValidator(TOKEN).compute_signature(PUBLIC_URL, form)


def test_blank_and_unknown_parameters_are_signed_too(messaging):
    assert messaging.sms(new_number(), "hello", Digits="", FutureThing="x", Latitude="", Longitude="") == 200


def test_the_signature_covers_our_public_address_and_not_the_request(messaging):
    form = {"MessageSid": new_sid(), "From": new_number(), "Body": "hello"}
    for url in ("http://testserver/webhooks/twilio", PUBLIC_URL + "/webhooks/twilio/", PUBLIC_URL):
        headers = {"X-Twilio-Signature": sign(TOKEN, url, form)}
        assert messaging.client.post("/webhooks/twilio", data=form, headers=headers).status_code == 403


def test_one_altered_parameter_spoils_the_signature(messaging):
    form = {"MessageSid": new_sid(), "From": new_number(), "Body": "hello"}
    headers = {"X-Twilio-Signature": sign(TOKEN, PUBLIC_URL + "/webhooks/twilio", form)}
    answer = messaging.client.post("/webhooks/twilio", data={**form, "Body": "hallo"}, headers=headers)
    assert answer.status_code == 403


def test_a_signature_that_is_no_ascii_is_only_wrong(messaging):
    headers = {b"X-Twilio-Signature": "ü".encode()}
    assert messaging.client.post("/webhooks/twilio", data={"Body": "x"}, headers=headers).status_code == 403


def test_without_a_token_every_call_is_refused(sandbox):
    form = {"MessageSid": new_sid(), "From": new_number(), "Body": "hello"}
    assert sandbox.signed("/webhooks/twilio", form, token="") == 403


def test_the_answer_is_empty_twiml(messaging):
    form = {"MessageSid": new_sid(), "From": new_number(), "Body": "hello"}
    headers = {"X-Twilio-Signature": sign(TOKEN, PUBLIC_URL + "/webhooks/twilio", form)}
    answer = messaging.client.post("/webhooks/twilio", data=form, headers=headers)
    assert answer.headers["content-type"].startswith("text/xml")
    assert answer.text.endswith("<Response/>")


def test_the_same_number_on_sms_and_whatsapp_is_two_conversations(messaging):
    number = new_number()
    messaging.sms(number, "hello")
    messaging.sms(f"whatsapp:{number}", "hello")
    messaging.work()
    assert len(messaging.messages("sms", number)) == len(messaging.messages("whatsapp", number)) == 3


def test_robots_are_not_answered(messaging):
    for sender in ("32212", "MTN", "FNB Alerts"):
        assert messaging.sms(sender, "You have won") == 200
    messaging.work()
    assert messaging.twilio.sent == []


def test_what_we_send_is_right_for_the_provider(messaging):
    number = new_number()
    messaging.sms(number, "hello")
    messaging.sms(f"whatsapp:{number}", "hello")
    messaging.work()
    assert messaging.twilio.refused.__len__() == 0
    sms, whatsapp = (
        next(m["form"] for m in messaging.twilio.sent if m["to"] == to)
        for to in (number, f"whatsapp:{number}")
    )
    assert sms["From"] == "+27310000001"
    assert whatsapp["From"] == "whatsapp:+27310000002"
    assert sms["StatusCallback"] == PUBLIC_URL + "/webhooks/twilio/status"


def status(messaging, sid: str, word: str, **form: str) -> int:
    return messaging.signed("/webhooks/twilio/status", {"MessageSid": sid, "MessageStatus": word, **form})


def test_receipts_move_a_message_forward_only(messaging):
    number = new_number()
    messaging.sms(number, "hello")
    messaging.work()
    sid = next(m["sid"] for m in messaging.twilio.sent if m["to"] == number)
    seen = []
    for word in ("queued", "delivered", "sent", "sending", "failed", "read", "delivered", "something new"):
        assert status(messaging, sid, word) == 204
        seen.append(messaging.messages("sms", number, "out")[0].status)
    assert seen == ["sent", "delivered", "delivered", "delivered", "delivered", "read", "read", "read"]


def test_a_receipt_with_an_error_keeps_its_code(messaging):
    number = new_number()
    messaging.sms(number, "hello")
    messaging.work()
    sid = next(m["sid"] for m in messaging.twilio.sent if m["to"] == number)
    assert status(messaging, sid, "undelivered", ErrorCode="30003", To=number) == 204
    first = messaging.messages("sms", number, "out")[0]
    assert (first.status, first.error_code) == ("undelivered", "30003")


def test_a_receipt_before_we_know_the_id_is_taken_up_with_it(messaging, monkeypatch):
    number = new_number()
    answered: list[int] = []
    words = ("sent", "delivered", "delivered")
    hand_over = twilio_sms.send

    def overtaken(*given):
        sid = hand_over(*given)
        answered.extend(status(messaging, sid, word, To=number) for word in words)
        return sid

    monkeypatch.setitem(LINES, "sms", Line(overtaken))
    messaging.sms(number, "hello")
    messaging.work()
    assert {message.status for message in messaging.messages("sms", number, "out")} == {"delivered"}
    assert set(answered) == {204}
    with transaction() as session:
        sids = [message["sid"] for message in messaging.twilio.sent if message["to"] == number]
        assert not session.scalars(select(EarlyReceipt).where(EarlyReceipt.provider_id.in_(sids))).all()


def test_receipts_are_checked_like_messages(messaging):
    form = {"MessageSid": new_sid(), "MessageStatus": "sent"}
    assert messaging.signed("/webhooks/twilio/status", form, token="wrong") == 403
    assert messaging.signed("/webhooks/twilio/status", {"MessageStatus": "sent"}) == 400
    assert messaging.signed("/webhooks/twilio/status", form) == 204  # of a message that is none of ours


def test_the_providers_own_opt_out_is_recorded_and_not_confirmed_again(messaging):
    number = new_number()
    messaging.sms(number, "STOP", OptOutType="STOP")
    messaging.work()
    assert messaging.opted_out("sms", number)
    messaging.sms(number, "START", OptOutType="START")
    messaging.work()
    assert not messaging.opted_out("sms", number)
    assert messaging.twilio.sent == []
    assert messaging.engine.asked == []


def test_the_older_names_of_the_fields_are_read():
    form = wire.parse_form(b"SmsSid=SM1&SmsStatus=delivered")
    report = wire.read_status(form)
    assert (report.MessageSid, report.MessageStatus) == ("SM1", "delivered")
