"""Whose message it is cannot be told any more, and what it says is still there."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.example_text import one_line, with_example
from crm_store.domain.examples import Example, annotation_faults, examples_in
from crm_store.domain.region_file import load_region
from crm_store.domain.training_masks import (
    Mark,
    Masked,
    annotated,
    leaks,
    mask_message,
    read_annotated,
)
from crm_store.domain.training_names import GIVEN_NAMES, SURNAMES

ROOT = Path(__file__).resolve().parents[2]
PLACES = load_region(ROOT / "municipalities/ilembe.yml").places


def masked(text: str, *marked: tuple[str, str], known: tuple[str, ...] = (), seed: str = "1") -> Masked:
    marks = [Mark(entity, text.index(value), text.index(value) + len(value)) for entity, value in marked]
    return mask_message(text, marks, known=known, places=PLACES, seed=seed)


@pytest.mark.parametrize(
    ("text", "marked", "gone"),
    [
        ("acc 41 006 273 please", [("account_number", "41 006 273")], ["41 006 273"]),
        ("ucingo 0821234567", [("phone", "0821234567")], ["1234567"]),
        ("call +27 82 123 4567 or 082-123-4567", [], ["123 4567", "123-4567"]),
        ("status KDM-4821-73o5", [("reference", "KDM-4821-73o5")], ["4821", "73o5"]),
        ("kdm 4821 7305 how far", [], ["4821 7305"]),
        ("imitha 12345678901 ithi 02214", [("meter_number", "12345678901")], ["12345678901", "02214"]),
        ("my ID is 820415 5111 087", [], ["820415", "5111"]),
        ("mail thandi.m@gmail.com", [], ["thandi", "gmail"]),
        ("see https://facebook.com/thandi.m", [], ["facebook", "thandi"]),
        ("Siyabonga uSis Nokuthula", [("person", "Sis Nokuthula")], ["Nokuthula"]),
        ("ngingu Thabo Mthembu", [], ["Thabo", "Mthembu"]),
        ("ngingu Zwelonke, awekho amanzi", [], ["Zwelonke"]),
        ("My name is Zwelonke Gasa", [], ["Zwelonke", "Gasa"]),
        ("kuleli hhovisi uZwelonke Mthembu akekho", [], ["Zwelonke", "Mthembu"]),
        ("ibursary ka sipho", [], ["sipho"]),
        ("kaNomvula, nguSphamandla", [], ["Nomvula", "Sphamandla"]),
        ("sipho khumalo next door", [], ["sipho", "khumalo"]),
        ("house no 214 is dry", [], ["214"]),
        ("burst pipe at 14 Hill Road", [], ["14", "Hill"]),
        ("awekho amanzi eSundumbili", [("location", "eSundumbili")], ["Sundumbili"]),
        ("WASEMANDENI", [], ["MANDENI"]),
        ("in Steve Biko", [], ["Biko"]),
    ],
)
def test_what_tells_whose_it_is_goes(text, marked, gone):
    found = masked(text, *marked)
    assert not [what for what in gone if what.lower() in found.text.lower()]
    assert [mark.entity for mark in found.marks] == [entity for entity, _value in marked]


@pytest.mark.parametrize(
    "text",
    [
        "no water since Monday, 3 days now",
        "musa ukuvala amanzi, ngicela",
        "siyabonga kakhulu, lungile",
        "Musa ukuvala",
        "R450 in 2026 at 14:30, ward 13",
        "themba lami liphelile",
        "the lucky ones have water",
        "my name is on the wrong bill",
        "awekho uMasipala ofana nalo",
    ],
)
def test_what_says_nothing_of_anybody_stays(text):
    assert masked(text).text == text


def test_the_marks_stay_on_their_words():
    text = "acc 41006273 eSundumbili: Nokuthula Zungu, R1 250,00"
    found = masked(
        text,
        ("account_number", "41006273"),
        ("location", "eSundumbili"),
        ("person", "Nokuthula Zungu"),
        ("amount", "1 250,00"),
    )
    values = {mark.entity: found.text[mark.start : mark.end] for mark in found.marks}
    assert re.fullmatch(r"\d{8}", values["account_number"])
    assert re.fullmatch(r"e[A-Z][a-z]+", values["location"])
    assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", values["person"])
    assert re.fullmatch(r"\d \d{3},\d{2}", values["amount"])


def test_a_name_becomes_the_same_other_all_through_and_the_same_again():
    found = masked("uThabo ufikile, ku-Thabo ngiyabonga THABO")
    others = re.findall(r"u(\w+) u|ku-(\w+)|(\w+)$", found.text)
    assert len({name.lower() for row in others for name in row if name}) == 1
    assert found == masked("uThabo ufikile, ku-Thabo ngiyabonga THABO")
    assert found.text != "uThabo ufikile, ku-Thabo ngiyabonga THABO"


NAMES = st.sampled_from(["Nokwethemba", "Qwabe", "Lwandiswa", "O'Neill", "Van", "Zwelonke"])
PIECES = st.lists(
    st.one_of(
        st.integers(0, 10**12).map(str),
        st.from_regex(r"0[678]\d \d{3} \d{4}", fullmatch=True),
        st.from_regex(r"[A-Z]{3}-\d{4}-\d{4}", fullmatch=True),
        st.sampled_from(["amanzi", "no water", "ku", "at", "R", "acc.", "uSis", "nge", "\n", "[", "](", "…"]),
        st.text(max_size=8),
    ),
    max_size=10,
)


@given(PIECES, st.lists(st.tuples(NAMES, st.sampled_from(["", "u", "ku-", "nguka"])), max_size=3), st.data())
def test_no_long_number_and_no_known_name_survives(pieces, names, data):
    for name, prefix in names:
        pieces.insert(data.draw(st.integers(0, len(pieces))), prefix + name)
    text = " ".join(pieces)
    known = {name for name, _prefix in names}
    marks = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from(["person", "account_number", "phone", "location", "amount"]),
                st.integers(0, max(0, len(text))),
                st.integers(0, max(0, len(text))),
            ).map(lambda one: Mark(one[0], min(one[1:]), max(one[1:]))),
            max_size=3,
        )
    )
    found = mask_message(text, marks, known=known, places=PLACES, seed="x")
    own = {run for run in re.findall(r"\d+", text) if len(run) >= 6}
    assert not own & set(re.findall(r"\d+", found.text))
    for name in known:
        assert not re.search(rf"(?i)\b\w{{0,5}}-?{re.escape(name)}\b", found.text)
    assert all(0 <= mark.start <= mark.end <= len(found.text) for mark in found.marks)


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4))
def test_whatever_is_masked_fits_a_file(text, spans):
    marks = [Mark("location", min(pair), max(pair)) for pair in spans]
    found = mask_message(text, marks, known=(), places=(), seed="1").annotated()
    example = Example("water.en.yml", "complaint", "water", "en", found)
    if found:
        assert annotation_faults(example) == []
        assert list(examples_in("water.en.yml", with_example(None, example))) == [example]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["amanzi", "eTete", "R450", "no"]), st.sampled_from(["", "location", "amount"])
        ),
        max_size=8,
    )
)
def test_marks_are_written_and_read_back(words):
    text, marks = "", []
    for word, entity in words:
        start = len(text)
        text += f"{word} "
        if entity:
            marks.append(Mark(entity, start, start + len(word)))
    read = read_annotated(annotated(text, marks))
    assert read == Masked(one_line(text), tuple(marks))


def test_what_a_trainer_writes_is_looked_at_too():
    original = "ngingu Nokwethemba, 0821234567, n@m.co.za"
    assert leaks(original, "ngingu Thabo, 0731111111", {"Nokwethemba"}) == []
    assert leaks(original, "ngingu nokwethemba 082 123 4567 n@m.co.za", {"Nokwethemba"}) == [
        "0821234567",
        "nokwethemba",
        "n@m.co.za",
    ]


def test_we_know_every_name_that_the_engine_finds_people_by():
    tree = ast.parse((ROOT / "engine/components/names.py").read_text(encoding="utf-8"))
    theirs = {
        word
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in node.value
        for word in node.value.split()
        if word.isalpha()
    }
    assert len(theirs) > 100
    assert theirs - GIVEN_NAMES - SURNAMES == set()
