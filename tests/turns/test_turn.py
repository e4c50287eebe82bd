"""The turn on its way through the real store and queue, with a stand-in for the engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.sweeps import sweep, tell_delays
from crm_store.database import transaction
from crm_store.region import region
from crm_store.services.conversations import release, request_agent, set_language, take_over
from crm_store.tables import Message
from tests.messaging import Messaging, new_number
from tests.stand_ins.engine import in_language, reply

YES_NO = [{"title": "Yebo", "payload": "yes"}, {"title": "Cha", "payload": "no"}]


def write(messaging: Messaging, number: str, *texts: str) -> None:
    for words in texts:
        assert messaging.sms(number, words) == 200
        messaging.work()


@pytest.fixture
def number() -> str:
    return new_number()


def replies(messaging: Messaging, number: str) -> list[Message]:
    out = messaging.messages("sms", number, "out")
    return [message for message in out if message.response_key != "utter_privacy_notice"]


# --- stop and start ---


def test_stop_is_confirmed_once_and_heard_on_every_path(messaging, number):
    write(messaging, number, "hello", "STOP", "Stop.", "misa")
    assert messaging.keys("sms", number) == ["utter_greet", "utter_stopped"]
    assert messaging.opted_out("sms", number)
    assert [m["body"] for m in messaging.twilio.sent][-1] == replies(messaging, number)[-1].body


@pytest.mark.parametrize(("word", "language"), [("STOP", "en"), ("MISA", "zu"), ("yeka", "zu")])
def test_a_stranger_is_confirmed_in_the_language_of_the_word(messaging, number, word, language):
    write(messaging, number, word)
    (confirmation,) = messaging.messages("sms", number, "out")
    assert (confirmation.response_key, confirmation.language, confirmation.status) == (
        "utter_stopped",
        language,
        "sent",
    )


def test_who_opted_out_is_still_heard_but_not_answered(messaging, number):
    write(messaging, number, "STOP", "Awekho amanzi eSundumbili")
    assert messaging.engine.asked[-1]["message"] == "Awekho amanzi eSundumbili"
    assert [m.status for m in messaging.messages("sms", number, "out")] == ["sent", "suppressed"]


def test_start_brings_the_messages_back_and_the_notice_that_was_owed(messaging, number):
    write(messaging, number, "STOP", "QALA", "hello")
    keys = [m.response_key for m in messaging.messages("sms", number, "out")]
    assert keys == ["utter_stopped", "utter_started", "utter_greet", "utter_privacy_notice"]
    assert not messaging.opted_out("sms", number)


def test_yes_to_an_open_question_is_an_answer(messaging, number):
    messaging.engine.plan["hello"] = [reply("utter_ask_wants_agent", buttons=YES_NO)]
    write(messaging, number, "hello", "YES")
    assert messaging.engine.asked[-1]["message"] == "YES"


def test_cancel_with_an_open_question_is_no_opt_out(messaging, number):
    messaging.engine.plan["hello"] = [reply("utter_ask_location")]
    write(messaging, number, "hello", "cancel")
    assert messaging.engine.asked[-1]["message"] == "cancel"
    assert not messaging.opted_out("sms", number)


def test_stop_is_heard_while_a_person_has_taken_over(messaging, number):
    write(messaging, number, "hello")
    with transaction() as session:
        take_over(session, messaging.conversation("sms", number).id, "thandi")
    write(messaging, number, "STOP")
    assert messaging.opted_out("sms", number)
    assert messaging.messages("sms", number, "out")[-1].status == "sent"


# --- takeover ---


def test_the_bot_is_silent_while_a_person_has_taken_over(messaging, number):
    write(messaging, number, "hello")
    conversation = messaging.conversation("sms", number).id
    with transaction() as session:
        take_over(session, conversation, "thandi")
    write(messaging, number, "are you there?", "/restart")
    assert len(messaging.engine.asked) == 1
    assert len(replies(messaging, number)) == 1
    assert {m.status for m in messaging.messages("sms", number, "in")} == {"handled"}
    with transaction() as session:
        release(session, conversation, "thandi")
    write(messaging, number, "hello again")
    assert len(messaging.engine.asked) == 2


def test_the_bot_goes_on_while_somebody_waits_for_a_person(messaging, number):
    write(messaging, number, "hello")
    with transaction() as session:
        request_agent(session, messaging.conversation("sms", number).id, "asked")
    write(messaging, number, "and the lights?")
    assert len(messaging.engine.asked) == 2


# --- what the engine hears ---


@pytest.mark.parametrize("answer", ["1", " 1 ", "1.", "1)", "yebo", "YEBO.", "Yebo"])
def test_a_choice_by_number_or_word_is_its_payload(messaging, number, answer):
    messaging.engine.plan["hello"] = [reply("utter_ask_wants_agent", buttons=YES_NO)]
    write(messaging, number, "hello", answer)
    assert messaging.engine.asked[-1]["message"] == "yes"


@pytest.mark.parametrize("answer", ["3", "11", "1 km from the clinic", "²", "٣"])
def test_what_is_no_choice_is_left_as_it_is(messaging, number, answer):
    messaging.engine.plan["hello"] = [reply("utter_ask_wants_agent", buttons=YES_NO)]
    write(messaging, number, "hello", answer)
    assert messaging.engine.asked[-1]["message"] == answer


def test_choices_are_numbered_in_the_text_and_end_with_the_next_reply(messaging, number):
    messaging.engine.plan["hello"] = [reply("utter_ask_wants_agent", buttons=YES_NO)]
    write(messaging, number, "hello")
    assert replies(messaging, number)[0].body.endswith("\n1 Yebo 2 Cha")
    assert messaging.conversation("sms", number).choices[1] == {"number": 2, "title": "Cha", "payload": "no"}
    write(messaging, number, "something else", "1")
    assert messaging.engine.asked[-1]["message"] == "1"


def test_the_engine_is_told_what_it_needs(messaging, number):
    messaging.engine.plan["hello"] = [reply("utter_ask_account_number")]
    write(messaging, number, "hello", "41006273")
    conversation = messaging.conversation("sms", number)
    asked = messaging.engine.asked[-1]
    assert asked["sender"] == str(conversation.id)
    told = asked["metadata"]
    assert told["message_id"] == str(messaging.messages("sms", number, "in")[-1].id)
    assert (told["attempt"], told["channel"], told["asking"]) == (1, "sms", "account_number")


# --- language ---


def test_replies_are_in_the_language_of_the_message(messaging, number):
    english, zulu = in_language("en"), in_language("zu")
    messaging.engine.plan["Awekho amanzi lapha namuhla"] = [reply("utter_welcome", understood=zulu)]
    messaging.engine.plan["thank you very much indeed"] = [reply("utter_welcome", understood=english)]
    write(messaging, number, "Awekho amanzi lapha namuhla", "thank you very much indeed")
    assert [m.language for m in replies(messaging, number)] == ["zu", "en"]
    assert messaging.conversation("sms", number).language == "en"


def test_a_chosen_button_tells_nothing_of_the_language(messaging, number):
    messaging.engine.plan["Awekho amanzi"] = [
        reply("utter_ask_wants_agent", buttons=YES_NO, understood=in_language("zu"))
    ]
    messaging.engine.plan["yes"] = [reply("utter_welcome", understood=in_language("en"))]
    write(messaging, number, "Awekho amanzi", "1")
    assert replies(messaging, number)[-1].language == "zu"


def test_a_language_asked_for_while_the_engine_works_is_the_language_of_the_reply(messaging, number):
    write(messaging, number, "hello")
    conversation = messaging.conversation("sms", number).id

    async def converse(request):
        with transaction() as session:
            set_language(session, conversation, "zu", asked=True)
        return await original(request)

    original = messaging.engine.converse
    route = next(r for r in messaging.engine.app.routes if getattr(r, "path", "") == "/webhooks/rest/webhook")
    kept, route.dependant.call = route.dependant.call, converse
    try:
        write(messaging, number, "speak Zulu to me please")
    finally:
        route.dependant.call = kept
    assert replies(messaging, number)[-1].language == "zu"


# --- when the engine fails ---


def test_a_failed_engine_is_asked_again_and_the_order_is_kept(messaging, number):
    messaging.engine.failures = [500, 0, 503]  # 0: 200 and no reply, as Rasa without its action server
    for words in ("one", "two"):
        messaging.sms(number, words)
    for _ in range(4):
        messaging.work()
        messaging.hurry()
    messaging.work()
    assert [asked["message"] for asked in messaging.engine.asked] == ["one"] * 4 + ["two"]
    assert [asked["metadata"]["attempt"] for asked in messaging.engine.asked] == [1, 2, 3, 4, 1]
    assert len({asked["metadata"]["message_id"] for asked in messaging.engine.asked}) == 2
    assert len(replies(messaging, number)) == 2


def test_who_waits_a_minute_is_told_once(messaging, number):
    messaging.engine.failures = [500] * 50
    messaging.sms(number, "one")
    messaging.sms(number, "two")
    messaging.work()
    now = datetime.now(UTC)
    tell_delays(region(), now + timedelta(seconds=30))
    assert replies(messaging, number) == []
    tell_delays(region(), now + timedelta(seconds=61))
    tell_delays(region(), now + timedelta(seconds=90))
    list(sweep(region(), now + timedelta(seconds=120)))
    messaging.work()
    assert messaging.keys("sms", number) == ["utter_delayed"]
    messaging.engine.failures = []
    for _ in range(2):
        messaging.hurry()
        messaging.work()
    assert messaging.keys("sms", number) == ["utter_delayed", "utter_greet", "utter_greet"]


def test_stop_does_not_wait_for_the_engine(messaging, number):
    write(messaging, number, "hello")
    messaging.engine.failures = [500] * 10
    messaging.sms(number, "Awekho amanzi")
    messaging.sms(number, "STOP")
    messaging.work()
    assert messaging.opted_out("sms", number)
    assert messaging.keys("sms", number) == ["utter_greet", "utter_stopped"]
    messaging.engine.failures = []
    messaging.hurry()
    messaging.work()
    assert [m.status for m in replies(messaging, number)] == ["sent", "sent", "suppressed"]


def test_a_key_without_a_text_still_answers(messaging, number):
    messaging.engine.otherwise = [reply("utter_of_the_future")]
    write(messaging, number, "hello")
    assert [m.body != "" for m in replies(messaging, number)] == [True]


def test_a_turn_begun_again_after_a_crash_leaves_one_set_of_replies(messaging, number):
    from bot.engine_client import engine
    from bot.turn import take_turn
    from crm_store.region import region

    write(messaging, number, "hello")
    (inbound,) = messaging.messages("sms", number, "in")
    assert take_turn(inbound.id, engine(), region()) == "handled_before"
    assert len(messaging.engine.asked) == 1


def test_the_jobs_of_a_killed_worker_go_to_another(messaging, number):
    messaging.sms(number, "hello")
    with transaction() as session:  # a worker took the job and was killed
        worker = session.execute(
            text(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '11 seconds')"
                " RETURNING id"
            )
        ).scalar_one()
        session.execute(
            text(
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = :worker"
                " WHERE task_name = 'take_turn'"
            ),
            {"worker": worker},
        )
        session.execute(
            text(
                "INSERT INTO procrastinate_jobs (task_name, queue_name, args)"
                " VALUES ('rescue_jobs', 'default', '{\"timestamp\": 0}')"
            )
        )
    messaging.work()
    assert messaging.keys("sms", number) == ["utter_greet"]


# --- languages that we do not speak ---


@pytest.mark.parametrize(
    ("other", "detected", "answered"),
    [("xho", "zu", "zu"), ("ssw", "mixed", "zu"), ("sot", "zu", "en"), ("afr", "en", "en")],
)
def test_another_language_is_answered_with_one_honest_line_once(messaging, number, other, detected, answered):
    understood = {**in_language(detected), "dominant": detected, "other_language": other}
    messaging.engine.otherwise = [reply("utter_greet", understood=understood)]
    write(messaging, number, "Molweni, akukho manzi", "Andiva kakuhle")
    said = replies(messaging, number)
    assert [m.response_key for m in said] == ["utter_other_language", "utter_greet", "utter_greet"]
    assert {m.language for m in said} == {answered}


def test_a_language_asked_for_stays_whatever_else_is_written(messaging, number):
    understood = {**in_language("zu"), "other_language": "xho"}
    write(messaging, number, "hello")
    conversation = messaging.conversation("sms", number)
    with transaction() as session:
        set_language(session, conversation.id, "en", asked=True)
    messaging.engine.otherwise = [reply("utter_greet", understood=understood)]
    write(messaging, number, "Molweni")
    assert {m.language for m in replies(messaging, number)[1:]} == {"en"}


# --- a person is offered ---

OFFER = "bhala UMUNTU"


def test_after_angry_words_a_person_is_offered_below_the_answer_once_a_day(messaging, number):
    angry, again = "you people are useless", "this is useless, useless"
    for words in (angry, again):
        messaging.engine.plan[words] = [reply("utter_welcome", understood=in_language("zu"))]
    write(messaging, number, angry, again)
    bodies = [message.body for message in replies(messaging, number)]
    assert [OFFER in body for body in bodies] == [True, False]
    assert replies(messaging, number)[0].response_key == "utter_welcome"


def test_an_offer_disturbs_no_question(messaging, number):
    messaging.engine.plan["useless"] = [reply("utter_ask_location", understood=in_language("zu"))]
    write(messaging, number, "useless")
    assert OFFER not in replies(messaging, number)[0].body
    assert messaging.conversation("sms", number).asking == "location"


@pytest.mark.parametrize(
    ("key", "offered"),
    [
        ("utter_emergency_opened", True),
        ("utter_anonymous_declined", True),
        ("utter_anonymous_kept", False),
        ("utter_complaint_opened", False),
    ],
)
def test_after_an_emergency_and_named_corruption_a_person_is_offered(messaging, number, key, offered):
    messaging.engine.plan["help"] = [reply(key, understood=in_language("zu"))]
    write(messaging, number, "help")
    assert any(OFFER in message.body for message in replies(messaging, number)) is offered


def test_nobody_who_has_a_person_is_offered_one(messaging, number):
    messaging.engine.plan["useless"] = [reply("utter_welcome", understood=in_language("zu"))]
    write(messaging, number, "hello")
    with transaction() as session:
        request_agent(session, messaging.conversation("sms", number).id, "asked")
    write(messaging, number, "useless")
    assert OFFER not in replies(messaging, number)[-1].body
