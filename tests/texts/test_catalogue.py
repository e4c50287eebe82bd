"""Every text for citizens: complete in both languages, GSM-7, and short enough to be paid for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from smsutil import split

from crm_store.domain.municipality import load_region
from crm_store.domain.region import GSM7, Region
from crm_store.texts import LANGUAGES, ROOT, _translations, placeholders, render, sources

EXTENDED = set("€[]{}~^|\\")

# The longest values that really occur, by the name they have in the texts.
LONGEST = {
    "reference": "MALM-4821-7305",
    "other": "MALM-5502-1187",
    "category": "electricity",
    "place": "KwaMxhosa, eduze kwesikole",
    "due_at": "2026-11-25T14:00:00+00:00",
    "trouble": "water.pressure",
    "opens_at": "2026-11-25T05:30:00+00:00",
    "emergency_number": "032 437 6000",
    "hotline": "0800 701 701",
    "account_number": "41006273",
    "meter_number": "WM-90321174",
    "amount": "14560.55",
    "month": "2026-09",
    "reading": "02214",
    "last_reading": "02180",
    "taken_on": "2026-11-25",
    "taken_at": "2026-11-25T10:00:00+00:00",
    "nines": "999999",
    "first": "02196",
    "second": "02214",
    "cost": "14560",
    "resolved_on": "2026-11-25",
    "service": "electricity",
    "use": "1234",
    "unit": "kWh",
    "usual": "980",
    "dials": "5",
    "read_day": "31",
    "sent": "4",
    "account_example": "41006273",
    "person": "Nkosazana Mkhwanazi",
    "agent": "Nompumelelo Dlamini",
    "stage": "waiting_for_citizen",
    "answer": "contact_numbers",
    "asked": "KDM 4821 73O6",
    "referred_to": "kzn_transport",
    "expected_at": "2026-11-25T14:00:00+00:00",
    "started_at": "2026-11-25T05:30:00+00:00",
    "ended_at": "2026-11-25T05:30:00+00:00",
    "follow_up_on": "2026-11-25",
    "phone": "086 003 7566",
    "done": "Kufakwe ipayipi elisha, amanzi abuyile.",
    "reason": "Imitha ifundwe kabili.",
    "question": "Sicela usitshele inombolo yendlu nomgwaqo, nokuthi isango livulwa ngubani?",
}
NESTED = {
    "problem": {"response": "utter_problem_wrong_digits", "values": LONGEST},
    "facts": [
        {"response": f"utter_fact_{name}", "values": LONGEST} for name in ("amount", "month", "account")
    ],
    "offer": {"response": "utter_offer_case", "values": LONGEST},
    "taken_lines": [{"response": "utter_reading_line_used", "values": LONGEST}] * 2,
    "used": {"response": "utter_reading_cost", "values": LONGEST},
    "note": {"response": "utter_reading_dropped"},
    "promise": {"response": "utter_report_to_hear"},
    "when": {"response": "utter_when_promised", "values": LONGEST},
    "cause": {"response": "utter_cause_default", "values": {}},
    "call": {"response": "utter_call", "values": LONGEST},
    "credit": {"response": "utter_credit", "values": LONGEST},
    "matter": {"response": "utter_matter", "values": LONGEST},
    "is_it": {
        "response": "utter_is_it_fixed",
        "values": {"matter": {"response": "utter_matter", "values": LONGEST}},
    },
    "case": {"response": "utter_status_case", "values": LONGEST},
    "lines": [{"response": "utter_own_balance_owed", "values": LONGEST}] * 3
    + [{"response": "utter_own_more", "values": LONGEST}],
    "cases": [{"response": "utter_status_case", "values": LONGEST}] * 3,
}
# A list of three cases is as long as three cases are; everything else fits in two.
THREE_OR_FOUR_SEGMENTS = {"utter_status_list"}


@pytest.fixture(scope="module")
def region() -> Region:
    return load_region(ROOT / "municipalities" / "ilembe.yml")


@pytest.fixture(scope="module")
def department(region: Region) -> str:
    """The department with the longest isiZulu name among those that take complaints."""
    pairs = [(code, name) for code, m in region.municipalities.items() for name in m.departments]
    return "/".join(max(pairs, key=lambda pair: len(region.department(*pair).name.zu)))


def texts_for_citizens() -> list[str]:
    return sorted(key for key in sources() if key.startswith("utter_"))


def written(key: str, language: str, region: Region, department: str) -> str:
    return render(key, language, {**LONGEST, **NESTED, "department": department}, region).text


@pytest.mark.parametrize("key", sorted(sources()))
def test_isizulu_is_there_and_is_not_the_english(key: str) -> None:
    source = sources()[key]
    translations = _translations("zu")
    for english in (source.text, *(button.title for button in source.buttons)):
        isizulu = translations.get((key, english))
        assert isizulu, f"no isiZulu for {key}: {english!r} (run `make catalogue`, then translate)"
        assert placeholders(isizulu) == placeholders(english), f"{key}: other values than the English text"
        if placeholders(english) != {english.strip("{}")}:
            assert isizulu != english, f"{key}: the isiZulu is the English"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", texts_for_citizens())
def test_a_text_has_all_its_values_and_fits_two_segments(
    key: str, language: str, region: Region, department: str
) -> None:
    known = (
        {"department", "due_day", "due_until", "due_time", "opens_day", "opens_time"}
        | {
            f"{name}_{form}"
            for name in ("started", "expected", "ended", "taken")
            for form in ("date", "day", "until", "time")
        }
        | set(LONGEST)
        | set(NESTED)
    )
    assert placeholders(sources()[key].text) <= known, f"{key} has a value this test does not know"
    text = written(key, language, region, department)
    foreign = {c for c in text if c not in GSM7 and c not in EXTENDED}
    assert not foreign, f"{key} ({language}) has {foreign}, which make the SMS UCS-2: {text}"
    segments = len(split(text).parts)
    allowed = 4 if key in THREE_OR_FOUR_SEGMENTS else 2
    assert segments <= allowed, f"{key} ({language}) is {segments} segments, {len(text)} characters: {text}"


def test_most_texts_are_one_segment(region: Region, department: str) -> None:
    pairs = [(key, language) for key in texts_for_citizens() for language in LANGUAGES]
    one = [pair for pair in pairs if len(split(written(*pair, region, department)).parts) == 1]
    assert len(one) / len(pairs) > 0.75


def test_texts_of_questions_name_the_way_out() -> None:
    for key in texts_for_citizens():
        if key.startswith("utter_ask_") and not sources()[key].buttons:
            assert "(0 " in sources()[key].text, key


def test_days_in_isizulu_carry_their_locative(region: Region) -> None:
    text = render("utter_status_late", "zu", {**LONGEST, "department": "IDM/x"}, region).text
    assert "ngoLwesithathu 25 Nov" in text


def test_a_missing_value_leaves_no_hole(region: Region) -> None:
    assert render("utter_ask_month", "en", {}, region).text.startswith("Which month's")


def test_the_catalogue_holds_nothing_that_is_no_longer_said() -> None:
    known = {(key, s.text) for key, s in sources().items()} | {
        (key, b.title) for key, s in sources().items() for b in s.buttons
    }
    assert not set(_translations("zu")) - known, "run `make catalogue`"


def test_make_catalogue_finds_every_text(tmp_path: Path) -> None:
    template = tmp_path / "phendula.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "extract", "--mapping-file", "babel.cfg"]
    subprocess.run([*command, "--output-file", str(template), "."], cwd=ROOT, check=True, capture_output=True)
    with template.open("rb") as file:
        found = {(m.context, m.id) for m in read_po(file) if m.id and m.context}
    assert found == {(key, source.text) for key, source in sources().items()} | {
        (key, button.title) for key, source in sources().items() for button in source.buttons
    }


def test_what_is_known_of_a_trouble_is_told_in_one_segment(region: Region) -> None:
    """Whatever the trouble and the place (a place that people know by name: a landmark stays away)."""
    times = {"started_at": "2026-11-25T14:00:00+00:00", "expected_at": "2026-11-25T14:00:00+00:00"}
    values = {**times, "due_at": "2026-11-25T14:00:00+00:00", "reference": "MALM-4821-7305"}
    values["promise"] = {"response": "utter_we_tell"}
    troubles = [key.removeprefix("trouble.") for key in sources() if key.startswith("trouble.")]
    assert troubles
    keys = [key for key in texts_for_citizens() if key.startswith(("utter_incident_", "utter_planned_"))]
    for language in LANGUAGES:
        longest = max((place.name for place in region.places), key=lambda name: len(f"e{name}"))
        for key in keys:
            for trouble in troubles:
                given = {**values, "trouble": trouble, "place": longest}
                text = render(key, language, given, region).text
                assert len(split(text).parts) == 1, f"{key} ({language}): {len(text)} characters: {text}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("used", "note"),
    [
        ("cost", None),
        ("use", "dropped"),
        ("use", "early"),
        ("use", "late"),
        ("zero", None),
        ("zero", "late"),
        (None, None),
        (None, "early"),
    ],
)
def test_a_reading_is_answered_in_one_segment(
    used: str | None, note: str | None, language: str, region: Region
) -> None:
    """Whatever is said of its use; the words beside it are those of actions.reading_words."""
    values = {
        **LONGEST,
        "used": {"response": f"utter_reading_{used}", "values": LONGEST} if used else None,
        "note": {"response": f"utter_reading_{note}"} if note else None,
    }
    for key in ("utter_reading_taken", "utter_reading_corrected", "utter_reading_taken_for_review"):
        text = render(key, language, values, region).text
        assert len(split(text).parts) == 1, f"{key} ({language}): {len(text)} characters: {text}"
