"""Every notice is one segment in both languages, whatever the names in it and whatever staff wrote."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.notices import in_one_segment
from bot.replies import Writer, asked_slot
from crm_store.domain.notices import KINDS, AccountNoticeKind
from crm_store.domain.region import Region
from crm_store.domain.segments import segments
from crm_store.queries.notice_words import words_of
from crm_store.services.notices import LONGEST_QUESTION
from crm_store.tables import Case
from crm_store.texts import LANGUAGES, numbered_text, sources, written_values

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)  # a Wednesday, the longest name in both languages
WORDS = (
    "Kufakwe ipayipi elisha emgwaqeni omkhulu, amanzi abuyile kuwo wonke umuzi; ithimba lizobuya "
    "ngakusasa lizohlola futhi ngaphambi kokuvala umgodi."
)
SAID: dict[str, dict[str, Any]] = {
    "delayed": {"reason": WORDS, "expected_at": LATER.isoformat()},
    "referred_out": {"follow_up_on": date(2026, 11, 25).isoformat()},
    "waiting": {"question": WORDS[:LONGEST_QUESTION]},
    "resolved": {"done": WORDS},
    "decided": {"reason": WORDS, "amount": "14560.55"},
    "closed": {"reason": WORDS},
    "merged": {"other": "MALM-5502-1187"},
    "divided": {"other": "MALM-5502-1187"},
    "incident_known": {
        "trouble": "roads.traffic_lights",
        "started_at": LATER.isoformat(),
        "expected_at": LATER.isoformat(),
    },
    "incident_over": {"ended_at": LATER.isoformat()},
}


def case_of(region: Region, case_class: str, category: str, department: str, place: str | None) -> Case:
    municipality, _, name = department.partition("/")
    return Case(
        reference="MALM-4821-7305",
        case_class=case_class,
        category=category,
        municipality=municipality,
        department=name,
        referred_to=max(region.externals, key=lambda one: len(region.externals[one].name.zu)),
        place=place,
        due_at=LATER,
    )


def longest_department(region: Region, language: str) -> str:
    pairs = [(code, name) for code, m in region.municipalities.items() for name in m.departments]
    return "/".join(max(pairs, key=lambda pair: len(region.department(*pair).name.in_language(language))))


def told(region: Region, language: str, case: Case, kind: str, said: dict[str, Any], expected: Any) -> Any:
    key, values = words_of(region, case, kind, said, expected, NOW)
    return in_one_segment(Writer("sms", language, region), key, values)


CASES = [
    *((kind, "complaint", "upheld") for kind in KINDS if kind != "decided"),
    *((kind, "query", "upheld") for kind in ("resolved", "follow_up")),
    *(("decided", "dispute", outcome) for outcome in ("upheld", "partly", "rejected")),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "case_class", "outcome"), CASES)
def test_the_longest_notice_is_one_segment(region, kind, case_class, outcome, language):
    department = longest_department(region, language)
    place = max((p.locative if language == "zu" else p.name for p in region.places), key=len)
    name = next(p.name for p in region.places if place in (p.name, p.locative))
    category = max(region.categories, key=lambda one: len(region.categories[one].name.in_language(language)))
    for expected in (None, LATER, NOW - timedelta(days=1)):
        case = case_of(region, case_class, category, department, name)
        said = {**SAID.get(kind, {}), "outcome": outcome}
        words = told(region, language, case, kind, said, expected)
        counted = segments(words.body)
        assert (counted.count, counted.encoding) == (1, "GSM-7"), words.body
        assert "{" not in words.body
        assert "  " not in words.body
        if kind == "waiting":
            assert SAID["waiting"]["question"].rstrip() in words.body


@given(written=st.text(max_size=300), kind=st.sampled_from(["resolved", "delayed", "decided", "closed"]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_staff_wrote_it_stays_one_segment(region, written, kind):
    case = case_of(region, "dispute", "billing", longest_department(region, "zu"), "KwaDukuza")
    said = {"done": written, "reason": written, "outcome": "partly", "expected_at": LATER.isoformat()}
    words = told(region, "zu", case, kind, said, None)
    assert segments(words.body).count == 1, words.body
    assert "4821-7305" in words.body


def test_short_words_of_staff_are_said_whole(region):
    case = case_of(region, "complaint", "water", "KDM/technical", "Groutville")
    body = told(region, "en", case, "resolved", {"done": "pipe replaced, water is back"}, None).body
    assert (
        body
        == "MALM-4821-7305, water: reported as done. pipe replaced, water is back. Not right? Tell us here."
    )


def test_a_case_without_a_place_leaves_no_hole(region):
    case = case_of(region, "complaint", "staff", "KDM/technical", None)
    assert told(region, "en", case, "follow_up", {}, None).body.startswith(
        "About MALM-4821-7305: conduct of staff. Is it fixed now?\n1 Yes 2 No"
    )


def test_a_long_description_of_the_place_gives_way(region):
    case = case_of(region, "complaint", "water", longest_department(region, "zu"), None)
    case.location_text = "ngasekhoneni lomgwaqo omkhulu eduze kwesitolo sikaMkhize ngaphesheya kwesikole"
    for kind in ("started", "follow_up"):
        assert segments(told(region, "zu", case, kind, {}, None).body).count == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_template_numbers_the_values_in_their_order(region, language):
    case = case_of(region, "complaint", "water", "KDM/technical", "Groutville")
    key, values = words_of(region, case, "started", {}, None, NOW)
    written = written_values(key, language, values, region)
    text = numbered_text(key, language)
    for number, value in enumerate(written, start=1):
        text = text.replace(f"{{{{{number}}}}}", value)
    assert text == told(region, language, case, "started", {}, None).body
    assert numbered_text("utter_ask_fixed", language).split("\n")[1:] in (
        ["1 Yes", "2 No"],
        ["1 Yebo", "2 Cha"],
    )


def test_the_time_is_said_honestly(region):
    case = case_of(region, "complaint", "water", "KDM/technical", "Groutville")
    assert "Promised by Wed 25 Nov" in told(region, "en", case, "started", {}, None).body
    assert "Expected by Wed 25 Nov" in told(region, "en", case, "started", {}, LATER).body
    case.due_at = NOW - timedelta(hours=1)
    assert "sorry that it is late" in told(region, "en", case, "started", {}, None).body


def test_questions_say_what_they_ask(region):
    case = case_of(region, "complaint", "water", "KDM/technical", "Groutville")
    assert asked_slot([told(region, "en", case, "follow_up", {}, None)]) == "fixed"
    assert (
        asked_slot([told(region, "en", case, "waiting", {"question": "Which house?"}, None)]) == "case_answer"
    )


def test_every_notice_text_is_used(region):
    used = set()
    for kind, case_class, outcome in CASES:
        case = case_of(region, case_class, "water", "KDM/technical", "Groutville")
        said = {**SAID.get(kind, {}), "outcome": outcome}
        used.add(words_of(region, case, kind, said, None, NOW)[0])
    used.add(words_of(region, case, "incident_over", {"announced": True}, None, NOW)[0])
    used.add(words_of(region, case, "merged", {}, None, NOW)[0])
    # What is said of no case is told by its own tests (tests/turns/test_account_notices.py).
    used |= {f"utter_notice_{kind}" for kind in get_args(AccountNoticeKind)}
    assert {key for key in sources() if key.startswith("utter_notice_")} <= used


@pytest.mark.parametrize("language", LANGUAGES)
def test_work_that_was_only_announced_to_end_is_not_called_over(region, language):
    case = case_of(region, "complaint", "water", longest_department(region, language), "Sheffield Beach")
    said = {"ended_at": LATER.isoformat(), "announced": True}
    body = told(region, language, case, "incident_over", said, None).body
    assert segments(body).count == 1, body
    assert ("was to end" if language == "en" else "bekufanele") in body
