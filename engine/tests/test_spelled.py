"""Numbers, months and places as people write and spell them, in both languages."""

from __future__ import annotations

from datetime import date
from typing import List, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.components.landmarks import landmarks_in
from engine.components.numbers import find_numbers
from engine.components.spelled import digits_in, sums_in

TODAY = date(2026, 11, 22)


def found(text: str) -> List[Tuple[str, str]]:
    return [(one.entity, one.value) for one in find_numbers(text, TODAY)]


AMOUNTS = [
    ("R4560", "4560.00"),
    ("R 4560", "4560.00"),
    ("R1 240,55", "1240.55"),
    ("R1,240.55", "1240.55"),
    ("R1240.55", "1240.55"),
    ("R1 240", "1240.00"),
    ("R15 000", "15000.00"),
    ("R500-00", "500.00"),
    ("R2k", "2000.00"),
    ("R2.5k", "2500.00"),
    ("r350", "350.00"),
    ("ZAR 900", "900.00"),
    ("4560 rand", "4560.00"),
    ("4 560 rands", "4560.00"),
    ("300 bucks", "300.00"),
    ("amarandi angu-300", "300.00"),
    ("i-R450", "450.00"),
    ("ngo-R1200", "1200.00"),
    ("u-R3000", "3000.00"),
    ("two thousand rand", "2000.00"),
    ("two thousand five hundred rand", "2500.00"),
    ("one hundred and fifty rand", "150.00"),
    ("a thousand rand", "1000.00"),
    ("a hundred rands", "100.00"),
    ("forty-five rand", "45.00"),
    ("nine hundred and ninety nine rand", "999.00"),
    ("twelve thousand rand", "12000.00"),
    ("two and a half thousand rand", "2500.00"),
    ("Five Hundred Rand", "500.00"),
    ("one million rand", "1000000.00"),
    ("izinkulungwane ezimbili", "2000.00"),
    ("izinkulungwane ezintathu zamarandi", "3000.00"),
    ("izinkulungwane ezine", "4000.00"),
    ("izinkulungwane ezinhlanu", "5000.00"),
    ("izinkulungwane eziyisithupha zamarandi", "6000.00"),
    ("izinkulungwane eziyishumi", "10000.00"),
    ("inkulungwane yamarandi", "1000.00"),
    ("inkulungwane namakhulu amahlanu", "1500.00"),
    ("izinkulungwane ezimbili namakhulu amathathu", "2300.00"),
    ("amakhulu amahlanu amarandi", "500.00"),
    ("amakhulu amabili amarandi", "200.00"),
    ("amarandi ayikhulu", "100.00"),
    ("amarandi angamakhulu amathathu", "300.00"),
    ("amarandi angamashumi amahlanu", "50.00"),
]


@pytest.mark.parametrize(("text", "value"), AMOUNTS)
@pytest.mark.parametrize("around", ["{}", "my bill says {} for nothing", "bangikhokhise {} ngenyanga"])
def test_sums_of_money(text: str, value: str, around: str) -> None:
    assert ("amount", value) in found(around.format(text))


@pytest.mark.parametrize(
    "text",
    [
        "abantu abayizinkulungwane ezimbili abantu",
        "izinkulungwane ezimbili zabantu",
        "two thousand people",
        "a hundred times I phoned",
        "kunenkinga enkulu kakhulu",
        "umgodi omkhulu kakhulu emgwaqweni",
        "sixty days without water",
        "ngo-2016",
        "on the R102 near the bridge",
    ],
)
def test_no_money(text: str) -> None:
    assert not [value for name, value in found(text) if name == "amount"]


SAID = [
    ("account four one zero zero six two seven three", ("account_number", "41006273")),
    ("my account is four one double zero six two seven three", ("account_number", "41006273")),
    ("acc: Four One Zero Zero Six Two Seven Three", ("account_number", "41006273")),
    (
        "i-akhawunti yami ithi kune kunye iqanda iqanda isithupha kubili isikhombisa kuthathu",
        ("account_number", "41006273"),
    ),
    (
        "i-akhawunti: kune, kunye, uziro, uziro, isithupha, kubili, isikhombisa, kuthathu",
        ("account_number", "41006273"),
    ),
    ("reading is zero two two one four", ("reading", "02214")),
    ("the meter shows oh two two one four", ("reading", "02214")),
    ("ireading kuqanda kubili kubili kunye kune", ("reading", "02214")),
    ("imitha ithi iqanda kubili kubili kunye kune", ("reading", "02214")),
    ("my meter reading: one nine nine two", ("reading", "1992")),
    ("zero seven two five five five one two three four", ("phone", "+27725551234")),
    ("call me on zero eight two one two three four five six seven", ("phone", "+27821234567")),
    (
        "ngifonele iqanda isishiyagalombili kubili kunye kubili kuthathu kune kuhlanu isithupha isikhombisa",
        ("phone", "+27821234567"),
    ),
    ("zero 7 two triple five 1 2 3 4", ("phone", "+27725551234")),
]


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_digits_said_one_by_one(text: str, expected: Tuple[str, str]) -> None:
    assert expected in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "one of the two taps is broken",
        "one two three and we are gone",
        "nginabantwana ababili nezinja ezintathu",
        "no water for four or five days",
        "two houses, three families",
    ],
)
def test_words_that_are_no_number(text: str) -> None:
    assert digits_in(text) == []


PHONES = [
    "072 555 1234",
    "0725551234",
    "072-555-1234",
    "072.555.1234",
    "(072) 555 1234",
    "072 5551234",
    "+27725551234",
    "+27 72 555 1234",
    "27725551234",
    "0027725551234",
]


@pytest.mark.parametrize("text", PHONES)
@pytest.mark.parametrize("around", ["{}", "call me on {} please", "ngifonele ku-{}"])
def test_phones(text: str, around: str) -> None:
    if around == "ngifonele ku-{}" and text.startswith("("):
        pytest.skip("nobody writes ku-(072)")
    assert ("phone", "+27725551234") in found(around.format(text))


MONTHS = [
    ("last month", "2026-10"),
    ("the month before last", "2026-09"),
    ("this month", "2026-11"),
    ("two months ago", "2026-09"),
    ("3 months back", "2026-08"),
    ("inyanga edlule", "2026-10"),
    ("ngenyanga edlule", "2026-10"),
    ("ngenyanga ephelile", "2026-10"),
    ("ezinyangeni ezimbili ezidlule", "2026-09"),
    ("kulenyanga", "2026-11"),
    ("in January", "2026-01"),
    ("for Jan", "2026-01"),
    ("July", "2026-07"),
    ("December", "2025-12"),
    ("in Sept", "2026-09"),
    ("Aug 2025", "2025-08"),
    ("Januwari", "2026-01"),
    ("ngoMashi", "2026-03"),
    ("ngo-Mashi", "2026-03"),
    ("kaJuni", "2026-06"),
    ("ngoJulayi", "2026-07"),
    ("ngo-Agasti", "2026-08"),
    ("uSeptemba", "2026-09"),
    ("ngoDisemba", "2025-12"),
    ("ngoNcwaba", "2026-08"),
    ("ngoNtulikazi", "2026-07"),
    ("07/2026", "2026-07"),
    ("2026-07", "2026-07"),
]


@pytest.mark.parametrize(("text", "value"), MONTHS)
def test_months(text: str, value: str) -> None:
    assert ("month", value) in found(text)


@pytest.mark.parametrize(
    "place",
    [
        "ward 14",
        "Ward 3",
        "iwadi 14",
        "kuwadi 14",
        "ku-ward 7",
        "eduze kwekliniki",
        "eduze nesikole",
        "eceleni kwestolo",
        "phambi kwehholo",
        "maqondana nesikole",
        "behind the taxi rank",
        "next to the clinic",
        "opposite the spar",
        "corner of King Shaka and Hulett",
        "cnr Link rd & Main st",
        "ekhoneni lika-King Shaka no-Hulett",
        "23 Mvoti street",
    ],
)
@pytest.mark.parametrize("around", ["{}", "there is a leak {}", "umpompi uyavuza {}"])
def test_places_in_other_words(place: str, around: str) -> None:
    text = around.format(place)
    assert any(place in text[span.start : span.end] for span in landmarks_in(text)), text


@given(st.text(max_size=120))
def test_any_text_is_read_without_overlap(text: str) -> None:
    last = 0
    for one in find_numbers(text, TODAY):
        assert last <= one.start < one.end <= len(text)
        last = one.end


WORDS = {"0": "zero", "1": "one", "2": "two", "3": "three", "4": "four"}
WORDS.update({"5": "five", "6": "six", "7": "seven", "8": "eight", "9": "nine"})


@given(st.text("0123456789", min_size=4, max_size=13))
def test_what_is_spelled_out_is_read_back(digits: str) -> None:
    text = " ".join(WORDS[digit] for digit in digits)
    assert [(one.value, one.start, one.end) for one in digits_in(text)] == [(digits, 0, len(text))]


# As they are counted in isiZulu, and as the English words are said in it.
ZULU = {
    "0": ["iqanda", "uziro"],
    "1": ["kunye", "inye"],
    "2": ["kubili", "isibili"],
    "3": ["kuthathu", "isithathu"],
}
ZULU.update({"4": ["kune", "isine"], "5": ["kuhlanu", "isihlanu"], "6": ["isithupha", "kuyisithupha"]})
ZULU.update({"7": ["isikhombisa", "useveni"], "8": ["isishiyagalombili", "u-eyithi"]})
ZULU.update({"9": ["isishiyagalolunye", "unayini"]})


@given(st.text("0123456789", min_size=4, max_size=13), st.data())
def test_what_is_spelled_out_in_isizulu_or_mixed_is_read_back(digits: str, data: st.DataObject) -> None:
    said = [data.draw(st.sampled_from([*ZULU[digit], f"u-{WORDS[digit]}"])) for digit in digits]
    text = data.draw(st.sampled_from([" ", ", "])).join(said)
    assert [(one.value, one.start, one.end) for one in digits_in(text)] == [(digits, 0, len(text))]


@given(thousands=st.integers(1, 9), hundreds=st.integers(1, 9))
def test_sums_in_words_are_read_back(thousands: int, hundreds: int) -> None:
    names = list(WORDS.values())
    text = f"{names[thousands]} thousand {names[hundreds]} hundred rand"
    assert [one.value for one in sums_in(text)] == [f"{thousands * 1000 + hundreds * 100}.00"]
