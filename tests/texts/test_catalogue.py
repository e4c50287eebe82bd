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
from crm_store.domain.rendering import show
from crm_store.domain.wordings import most_segments, placeholders
from crm_store.text_samples import LONGEST, NESTED, longest_text
from crm_store.texts import LANGUAGES, ROOT, _translations, render, sources

EXTENDED = set("€[]{}~^|\\")


@pytest.fixture(scope="module")
def region() -> Region:
    return load_region(ROOT / "municipalities" / "ilembe.yml")


def texts_for_citizens() -> list[str]:
    return sorted(key for key in sources() if key.startswith("utter_"))


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
def test_a_text_has_all_its_values_and_fits_two_segments(key: str, language: str, region: Region) -> None:
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
    text = longest_text(key, language, region)
    foreign = {c for c in text if c not in GSM7 and c not in EXTENDED}
    assert not foreign, f"{key} ({language}) has {foreign}, which make the SMS UCS-2: {text}"
    segments = len(split(text).parts)
    allowed = most_segments(key)
    assert segments <= allowed, f"{key} ({language}) is {segments} segments, {len(text)} characters: {text}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "words", ["use", "zero", "dropped", "early", "late", "checked", "other_registers", None]
)
def test_readings_of_registers_are_answered_in_one_segment(
    words: str | None, language: str, region: Region
) -> None:
    """One or two registers with the longest names, and one word more; see actions.reading_words."""
    values = {**LONGEST, "registers": ["OFF-PEAK"], "reading": "02214#OFF-PEAK", "used": None}
    values["note"] = {"response": f"utter_reading_{words}", "values": {**values}} if words else None
    for key in ("utter_registers_taken", "utter_reading_taken"):
        text = render(key, language, values, region).text
        assert len(split(text).parts) == 1, f"{key} ({language}): {len(text)} characters: {text}"
    ask = {**LONGEST, "problem": {"response": "utter_problem_which_register", "values": LONGEST}}
    shown = render(
        "utter_ask_register", language, {**ask, "choices": ["register:PEAK", "register:OFF-PEAK"]}, region
    )
    asked = show("sms", shown.text, [(one.title, one.payload) for one in shown.buttons]).body
    assert len(split(asked).parts) == 1, asked


def test_most_texts_are_one_segment(region: Region) -> None:
    pairs = [(key, language) for key in texts_for_citizens() for language in LANGUAGES]
    one = [pair for pair in pairs if len(split(longest_text(*pair, region)).parts) == 1]
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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("key", "why"),
    [
        *(
            ("utter_ask_reading_again", why)
            for why in (
                *("below_last", "implausible_high", "implausible_low", "unexpected_high", "unexpected_low"),
                "reading_format",
            )
        ),
        *(
            ("utter_ask_reading", why)
            for why in ("wrong_digits", "digits_please", "reading_format", "either")
        ),
        *(("utter_ask_account_number", why) for why in ("unknown_account", "account_format")),
        ("utter_ask_service", "which_meter"),
        ("utter_ask_same_reading", None),
    ],
)
def test_a_question_about_a_reading_is_one_segment(
    key: str, why: str | None, language: str, region: Region
) -> None:
    """With its choices, as a basic phone shows them: questions are what readings cost most."""
    problem = {"response": f"utter_problem_{why}", "values": LONGEST} if why else None
    rendered = render(key, language, {"problem": problem}, region)
    text = show("sms", rendered.text, [(one.title, one.payload) for one in rendered.buttons]).body
    assert len(split(text).parts) == 1, f"{key} ({language}): {len(text)} characters: {text}"
