"""A trouble that many have, as chats: the next one hears that it is known; who asks gets the answer."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.conversations.chat import Phones

LOCAL = ZoneInfo("Africa/Johannesburg")
#: Four hours from now, as staff type it and as people read it.
BACK_AT = (datetime.now(UTC) + timedelta(hours=4)).astimezone(LOCAL).replace(second=0, microsecond=0)
TYPED = BACK_AT.strftime("%Y-%m-%dT%H:%M")


def staff(phones: Phones, *arguments: str) -> str:
    """A command of the municipality's people; returns what it said."""
    done = phones.system.command(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def opened(phones: Phones, *more: str, category: str = "water", place: str = "Sundumbili") -> str:
    """An incident that staff opened; returns its number."""
    said = staff(phones, "incident", "open", category, "--place", place, *more)
    return re.search(r"\d+", said).group()


def test_the_next_one_hears_that_it_is_known_in_isizulu(phones: Phones) -> None:
    opened(phones, "--until", TYPED)
    chat = phones.sms()
    chat.says("Awekho amanzi eSundumbili kusukela izolo")
    reply = chat.hears("Siyazi: akunamanzi eSundumbili", f"{BACK_AT:%H:%M}", "Sizokwazisa")
    assert reply.segments == 1
    case = chat.only_case()
    assert case["reference"] in reply.text
    assert case["incident_id"] is not None


def test_status_names_the_time_of_a_known_trouble(phones: Phones) -> None:
    opened(phones, "--until", TYPED)
    chat = phones.sms()
    chat.says("Awekho amanzi eSundumbili kusukela izolo")
    chat.says("ISIMO")
    chat.hears("Baningi abanale nkinga", f"{BACK_AT:%H:%M}")
    chat.says("ENGLISH")
    chat.says("STATUS")
    chat.hears("Many have this trouble", f"{BACK_AT:%H:%M}")


def test_the_next_one_hears_that_it_is_known_in_english(phones: Phones) -> None:
    opened(phones, "--until", TYPED, category="electricity", place="Shakaville")
    chat = phones.whatsapp()
    chat.says("no electricity in Shakaville since this morning")
    reply = chat.hears("Known: no electricity, Shakaville", "Expected over by", "We tell you")
    assert reply.segments == 1
    assert chat.only_case()["reference"] in reply.text


def test_without_an_expected_time_none_is_said(phones: Phones) -> None:
    opened(phones)
    chat = phones.sms()
    chat.says("no water in Sundumbili since this morning")
    assert "Expected" not in chat.hears("Known: no water, Sundumbili", "promised by").text


def test_another_trouble_or_place_is_an_ordinary_report(phones: Phones) -> None:
    opened(phones, "--until", TYPED)
    elsewhere, other = phones.sms(), phones.sms()
    elsewhere.says("no water in Groutville since this morning")
    elsewhere.hears("Thank you. Reported")
    other.says("there is a burst water pipe in Sundumbili near the taxi rank")
    other.hears("Thank you. Reported")


def test_who_asks_when_gets_the_answer_in_english(phones: Phones) -> None:
    opened(phones, "--until", TYPED)
    chat = phones.sms()
    chat.says("when will the water be back in Sundumbili")
    chat.hears("Known: no water, Sundumbili", f"{BACK_AT:%H:%M}", "Report it")
    assert chat.cases() == []


def test_who_reported_and_asks_again_gets_the_answer_in_isizulu(phones: Phones) -> None:
    opened(phones, "--until", TYPED)
    chat = phones.sms()
    chat.says("Awekho amanzi eSundumbili")
    chat.hears("Siyazi")
    chat.says("amanzi azobuya nini")
    chat.hears("Siyazi: akunamanzi eSundumbili", f"{BACK_AT:%H:%M}", "Sizokwazisa")
    assert len(chat.cases()) == 1


def test_a_question_that_might_be_a_report_is_answered_not_asked_back(phones: Phones) -> None:
    opened(phones, "--until", TYPED, category="electricity", place="Shakaville")
    chat = phones.sms()
    chat.says("ugesi uzobuya nini eShakaville")
    chat.hears("Siyazi: akunagesi eShakaville", f"{BACK_AT:%H:%M}")


def test_the_question_in_the_middle_of_a_report_is_answered_and_the_report_goes_on(phones: Phones) -> None:
    opened(phones, "--until", TYPED, category="electricity", place="Shakaville")
    chat = phones.sms()
    chat.says("udoti awulandwanga")
    chat.hears("kukuphi")
    chat.says("ugesi uzobuya nini eShakaville")
    chat.hears("Siyazi: akunagesi eShakaville", "kukuphi")
    chat.says("eGroutville")
    chat.hears("KDM-", "eGroutville")
    assert chat.only_case()["category"] == "refuse"


def test_nothing_is_said_where_nothing_is_known(phones: Phones) -> None:
    opened(phones, "--until", TYPED)
    chat = phones.sms()
    chat.says("when will the water be back in Groutville")
    heard = "\n".join(message.text for message in chat.last)
    assert "Known" not in heard
    assert "Sundumbili" not in heard
    chat.says("when will the power be back in Groutville")
    assert "solar" not in chat.last[0].text
    assert chat.cases()


@pytest.mark.parametrize(
    ("text", "where", "place"),
    [
        ("when will the electricity be back", "Where is it?", "Groutville"),
        ("amanzi azobuya nini", "kukuphi", "eGroutville"),
    ],
)
def test_who_asks_when_without_a_place_is_asked_where_and_has_reported_it(
    phones: Phones, text: str, where: str, place: str
) -> None:
    chat = phones.sms()
    chat.says(text)
    chat.hears(where)
    chat.says(place)
    chat.hears(chat.only_case()["reference"], place)
    assert chat.only_case()["class"] == "complaint"


def test_the_place_asked_for_may_be_one_where_it_is_known(phones: Phones) -> None:
    opened(phones, "--until", TYPED)
    chat = phones.sms()
    chat.says("amanzi azobuya nini")
    chat.says("eSundumbili")
    chat.hears("Siyazi: akunamanzi eSundumbili", f"{BACK_AT:%H:%M}", "IDM-")


def test_planned_work_is_told_and_asked_after(phones: Phones) -> None:
    now = datetime.now(LOCAL)
    begins, ends = now - timedelta(hours=1), now + timedelta(hours=3)
    file = phones.system.folder / "planned.csv"
    file.write_text(
        "id,category,place,starts_at,ends_at\n"
        f"W1,water,Mandeni,{begins:%Y-%m-%d %H:%M},{ends:%Y-%m-%d %H:%M}\n"
        f"W2,water,Groutville,{ends:%Y-%m-%d %H:%M},{ends + timedelta(hours=5):%Y-%m-%d %H:%M}\n"
    )
    assert "2 added" in staff(phones, "planned", "import", str(file))
    assert "2 unchanged" in staff(phones, "planned", "import", str(file))
    reports = phones.sms()
    reports.says("Awekho amanzi eMandeni")
    reply = reports.hears("Umsebenzi ohleliwe eMandeni: akunamanzi", f"{ends:%H:%M}")
    assert reports.only_case()["reference"] in reply.text
    asks = phones.whatsapp()
    asks.says("is there planned water work in Groutville?")
    asks.hears("Planned work, Groutville: no water from", f"{ends:%H:%M}")
    assert asks.cases() == []


def test_six_people_make_it_known_without_anybody(phones: Phones) -> None:
    chats = [phones.sms() for _ in range(7)]
    for chat in chats:
        chat.says("no electricity in Lindelani since this morning")
    chats[0].hears("Thank you. Reported")
    chats[5].hears("Known: no electricity, Lindelani")
    chats[6].hears("Known: no electricity, Lindelani")
    assert "Lindelani" in staff(phones, "incident", "list")


def test_the_end_is_told_once(phones: Phones) -> None:
    number = opened(phones, "--until", TYPED)
    chat = phones.sms()
    chat.says("no water in Sundumbili since this morning")
    assert "1 " in staff(phones, "incident", "end", number)
    kinds = phones.system.rows("SELECT kind FROM notices WHERE case_id = %s", chat.only_case()["id"])
    assert [row["kind"] for row in kinds] == ["incident_over"]
    assert chat.only_case()["stage"] == "new"


def test_the_end_with_what_was_done_resolves_the_cases(phones: Phones) -> None:
    number = opened(phones)
    chat = phones.sms()
    chat.says("no water in Sundumbili since this morning")
    staff(phones, "incident", "end", number, "--resolve", "The pump was repaired.")
    assert chat.only_case()["stage"] == "resolved"


@pytest.mark.parametrize(
    ("report", "asked", "told"),
    [
        ("No water in Nkobongo since yesterday", "when will the water be back", "Promised by"),
        ("Awekho amanzi eNkobongo kusukela izolo", "amanzi azobuya nini", "Isethembiso"),
    ],
)
def test_who_reported_and_asks_when_hears_of_their_own_case(
    phones: Phones, report: str, asked: str, told: str
) -> None:
    chat = phones.sms()
    chat.says(report)
    case = chat.only_case()
    chat.says(asked)
    chat.hears(case["reference"], told)
    assert (chat.state()["asking"], len(chat.cases())) == (None, 1)
