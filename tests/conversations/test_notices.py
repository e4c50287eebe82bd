"""What the phone hears on our own initiative, and what its answers do: through the real pipeline."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.notices import tell_due_notices
from crm_store.database import forget_engine, transaction
from crm_store.region import region
from crm_store.services.delays import note_delays
from crm_store.services.stages import set_stage
from crm_store.settings import settings
from tests.conversations.chat import Chat, Heard, Phones

ZONE = ZoneInfo("Africa/Johannesburg")
#: Tomorrow at noon: a decent hour, whatever the clock says now.
NOON = datetime.now(ZONE).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)


REPORTS = {
    "en": "no water in Groutville since this morning",
    "zu": "Awekho amanzi eSundumbili kusukela izolo",
}


@pytest.fixture(autouse=True)
def store(phones: Phones, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The services of this process work on the running product's database and know its channels."""
    for name in ("DATABASE_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SMS_FROM"):
        monkeypatch.setenv(name, phones.system.env[name])
    settings.cache_clear()
    forget_engine()
    yield
    forget_engine()
    settings.cache_clear()


def sweep(at: datetime) -> None:
    """What is said and asked by itself, as if at that time."""
    note_delays(transaction, region(), at)
    tell_due_notices(at, region())


def becomes(chat: Chat, stage: str, note: str | None = None) -> str:
    """The municipality moves the phone's first case on; returns its reference."""
    reference = str(chat.cases()[0]["reference"])
    with transaction() as session:
        set_stage(session, region(), reference, stage, "agent:sipho", note)
    return reference


def hears_unasked(chat: Chat, count: int, within_seconds: float = 120) -> Heard:
    """The newest of so many messages that came by themselves."""
    until = time.monotonic() + within_seconds
    while True:
        rows = chat._rows(
            "SELECT m.body, m.language, m.response_key, m.status FROM messages m"
            " JOIN conversations v ON v.id = m.conversation_id JOIN addresses a ON a.id = v.address_id"
            " WHERE m.direction = 'out' AND m.reply_to IS NULL AND m.author = 'system'"
            " AND a.channel = %s AND a.address = %s ORDER BY m.sequence"
        )
        if len(rows) >= count and rows[-1]["status"] in ("sent", "delivered"):
            assert len(rows) == count, rows
            return Heard(rows[-1]["body"], rows[-1]["language"], rows[-1]["response_key"])
        assert time.monotonic() < until, rows
        time.sleep(0.2)


def reports(chat: Chat, language: str) -> None:
    words = {
        "en": "no water in Groutville since this morning",
        "zu": "Awekho amanzi eSundumbili kusukela izolo",
    }
    chat.says(words[language])
    assert len(chat.cases()) == 1


def follow_up(phones: Phones, chat: Chat) -> dict[str, object]:
    (row,) = phones.system.rows("SELECT * FROM follow_ups WHERE case_id = %s", chat.cases()[0]["id"])
    return row


def asked_whether_it_is_fixed(chat: Chat) -> None:
    becomes(chat, "resolved", "Pipe replaced, water is back.")
    sweep(NOON)
    hears_unasked(chat, 1)
    sweep(NOON + timedelta(hours=5))
    hears_unasked(chat, 2)


def test_from_the_start_of_work_to_the_stars_in_english(phones: Phones) -> None:
    chat = phones.sms()
    reports(chat, "en")
    reference = becomes(chat, "in_progress")
    sweep(NOON)
    started = hears_unasked(chat, 1)
    assert started.text.startswith(f"{reference}, water, Groutville: work has begun. Promised by ")
    becomes(chat, "resolved", "Pipe replaced, water is back.")
    sweep(NOON + timedelta(minutes=10))
    assert "Pipe replaced, water is back." in hears_unasked(chat, 2).text
    sweep(NOON + timedelta(hours=5))
    assert hears_unasked(chat, 3).text.endswith("Is it fixed now?\n1 Yes 2 No")
    assert chat.state()["asking"] == "fixed"
    chat.says("1")
    chat.hears("we are glad", "1 (poor) to 5 (very good)")
    chat.says("4 good but slow")
    chat.hears("Thank you for telling us", reference)
    row = follow_up(phones, chat)
    assert (row["fixed"], row["rating"], row["comment"]) == (True, 4, "good but slow")
    assert chat.only_case()["stage"] == "closed"


@pytest.mark.parametrize(
    ("language", "answer", "expected"),
    [
        ("en", "2", "open again, one step higher"),
        ("en", "still no water", "open again, one step higher"),
        ("zu", "cha", "luvulwe kabusha"),
        ("zu", "amanzi awakabuyi", "luvulwe kabusha"),
    ],
)
def test_not_fixed_opens_the_same_case_again(
    phones: Phones, language: str, answer: str, expected: str
) -> None:
    chat = phones.sms()
    reports(chat, language)
    asked_whether_it_is_fixed(chat)
    before = chat.only_case()
    chat.says(answer)
    chat.hears(expected, before["reference"])
    case = chat.only_case()
    assert (case["stage"], case["escalation_step"]) == ("reopened", before["escalation_step"] + 1)
    assert follow_up(phones, chat)["fixed"] is False
    assert chat.state()["asking"] is None


@pytest.mark.parametrize(
    ("language", "answer", "expected"),
    [
        ("en", "still no water", "open again, one step higher"),
        ("zu", "cha, amanzi awakabuyi", "luvulwe kabusha"),
    ],
)
def test_not_fixed_is_heard_before_we_ask(phones: Phones, language: str, answer: str, expected: str) -> None:
    chat = phones.sms()
    reports(chat, language)
    becomes(chat, "resolved", "Pipe replaced, water is back.")
    sweep(NOON)
    hears_unasked(chat, 1)
    chat.says(answer)
    chat.hears(expected, chat.only_case()["reference"])
    assert chat.only_case()["stage"] == "reopened"
    assert follow_up(phones, chat)["fixed"] is False
    becomes(chat, "resolved", "The valve was closed; it is open now.")
    sweep(NOON + timedelta(hours=1))
    hears_unasked(chat, 2)
    sweep(NOON + timedelta(hours=7))
    hears_unasked(chat, 2)  # asked once per case, and it was answered


@pytest.mark.parametrize(("answer", "stars"), [("yebo selilungile", "kuhlanu"), ("Yebo.", "5")])
def test_fixed_in_free_words_in_isizulu(phones: Phones, answer: str, stars: str) -> None:
    chat = phones.sms()
    reports(chat, "zu")
    asked_whether_it_is_fixed(chat)
    chat.says(answer)
    chat.hears("Siyabonga, siyajabula", "ku-1 (kabi)")
    chat.says(stars)
    chat.hears("seluvaliwe")
    assert follow_up(phones, chat)["rating"] == 5


def test_another_report_in_between_is_handled_and_the_question_stays_open(phones: Phones) -> None:
    chat = phones.sms()
    reports(chat, "en")
    asked_whether_it_is_fixed(chat)
    chat.says("the streetlight in Shakaskraal is off")
    chat.hears("streetlights", "Shakaskraal")
    assert [case["category"] for case in chat.cases()] == ["water", "streetlights"]
    chat.says("what are your office hours?")
    chat.hears("07:30 to 16:00")
    chat.says("help")
    chat.says("yes it is fixed")
    chat.hears("we are glad")
    chat.says("9")
    chat.hears("a number from 1 to 5")
    chat.says("Great")
    chat.hears("Thank you for telling us")
    row = follow_up(phones, chat)
    assert (row["rating"], row["comment"]) == (None, "yes it is fixed\nGreat")
    assert chat.state()["asking"] is None
    assert chat.cases()[0]["stage"] == "closed"


def test_the_answer_inside_a_form_is_taken_and_the_form_goes_on(phones: Phones) -> None:
    chat = phones.sms()
    reports(chat, "en")
    becomes(chat, "resolved", "Pipe replaced.")
    sweep(NOON)
    hears_unasked(chat, 1)
    chat.says("the bin was not collected this week")
    chat.hears("Where is it")
    # The form is open since an hour or more when the follow-up comes.
    sweep(NOON + timedelta(hours=5))
    hears_unasked(chat, 2)
    chat.says("no, still leaking")
    chat.hears("open again", "Where is it")
    chat.says("Groutville")
    chat.hears("refuse", "Groutville")
    assert [case["stage"] for case in chat.cases()] == ["reopened", "new"]


@pytest.mark.parametrize(
    ("language", "question", "answer", "expected"),
    [
        ("en", "Which house number is it?", "number 12, the green gate", "We have added that"),
        ("zu", "Iyiphi inombolo yendlu?", "u-12, isango eliluhlaza", "Sikwengezile"),
    ],
)
def test_staffs_question_is_answered_in_the_chat(
    phones: Phones, language: str, question: str, answer: str, expected: str
) -> None:
    chat = phones.telegram()
    reports(chat, language)
    reference = becomes(chat, "waiting_for_citizen", question)
    sweep(NOON)
    assert question in hears_unasked(chat, 1).text
    assert chat.state()["asking"] == "case_answer"
    chat.says(answer)
    chat.hears(expected, reference)
    case = chat.only_case()
    assert (case["stage"], answer in case["reason"]) == ("in_progress", True)


@pytest.mark.parametrize(
    ("off", "confirmed_off", "on", "confirmed_on", "language"),
    [
        ("No updates", "no more progress messages", "UPDATES", "we tell you how your cases get on", "en"),
        ("azikho izibuyekezo", "ngeke sisakubikela", "IZIBUYEKEZO", "sizokwazisa", "zu"),
    ],
)
def test_no_updates_and_back(
    phones: Phones, off: str, confirmed_off: str, on: str, confirmed_on: str, language: str
) -> None:
    chat = phones.sms()
    reports(chat, language)
    chat.says(off, expect=1)
    chat.hears(confirmed_off)
    becomes(chat, "in_progress")
    sweep(NOON)
    becomes(chat, "resolved", "Pipe replaced.")
    sweep(NOON + timedelta(hours=1))
    assert hears_unasked(chat, 1).key == "utter_notice_resolved"
    sweep(NOON + timedelta(hours=8))
    chat.says(on, expect=1)
    chat.hears(confirmed_on)


def test_a_delay_is_told_before_the_promise_breaks_and_the_status_says_it(phones: Phones) -> None:
    chat = phones.sms()
    reports(chat, "en")
    due = chat.only_case()["due_at"]
    sweep(due - timedelta(minutes=30))
    told = hears_unasked(chat, 1)
    assert told.text.startswith("We are sorry: water, ")
    assert "will be late. The work takes longer than planned. Now expected by " in told.text
    chat.says("STATUS")
    chat.hears("due by", "now expected by")
