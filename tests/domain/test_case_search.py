"""What is typed into the search, read forgivingly."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import damm

from crm_store.domain.case_search import is_near, keys, neighbours, read_search, stems
from crm_store.domain.references import format_reference

LETTERS = {"KDM", "IDM", "MLM"}
DIGITS = st.text("0123456789", min_size=7, max_size=7).map(lambda seven: seven + damm.calc_check_digit(seven))
WORDS = st.text(string.ascii_lowercase, min_size=5, max_size=20)


@pytest.mark.parametrize(
    ("typed", "phone"),
    [("0821234567", "+27821234567"), ("+27 82 123 4567", "+27821234567"), ("082-123-4567", "+27821234567")],
)
def test_a_telephone_number_is_read_as_addresses_hold_it(typed, phone):
    assert phone in read_search(typed, LETTERS).phones


@pytest.mark.parametrize("typed", ["41006273", "acc 41006273", "account: 41006273"])
def test_an_account_number_with_or_without_its_word(typed):
    found = read_search(typed, LETTERS)
    assert found.numbers == ("41006273",)
    assert found.words == ()


def test_words_with_digits_are_words():
    found = read_search("Pothole near 45 Main Rd, R102", LETTERS)
    assert (found.numbers, found.words) == ((), ("pothole", "near", "main", "rd", "r102"))


@pytest.mark.parametrize("typed", ["", "   ", "?!", "-"])
def test_nothing_is_nothing(typed):
    assert read_search(typed, LETTERS).empty


@given(DIGITS, st.sampled_from(["{}", "kdm {}", "Ref: {} please"]))
def test_a_reference_is_found_however_it_is_written(digits, around):
    for written in (format_reference("KDM", digits), f"KDM{digits}", f"kdm {digits[:4]} {digits[4:]}"):
        assert read_search(around.format(written), LETTERS).references[0] == digits


@given(DIGITS, st.integers(0, 7), st.sampled_from("0123456789"))
def test_one_wrong_digit_still_finds_it(digits, at, wrong):
    typed = digits[:at] + wrong + digits[at + 1 :]
    assert digits in read_search(format_reference("KDM", typed), LETTERS).references


@given(DIGITS, st.integers(0, 6))
def test_two_digits_that_changed_places_still_find_it(digits, at):
    typed = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    assert digits in read_search(format_reference("KDM", typed), LETTERS).references


@given(DIGITS)
def test_neighbours_are_valid_and_few(digits):
    near = list(neighbours(digits))
    assert all(damm.is_valid(one) for one in near)
    assert digits not in near


@given(WORDS, st.data())
def test_one_slip_of_the_hand_is_near_and_shares_a_key(word, data):
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    for slip in (
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + letter + word[at + 1 :],
    ):
        if len(slip) >= 5:
            assert is_near(slip, word)
            assert set(keys(slip)) & set(keys(word)), (slip, word)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("sundumbili", "wasesundumbili"),
        ("esundumbili", "sundumbili"),
        ("kwadukuza", "dukuza"),
        ("ngamanzi", "amanzi"),
    ],
)
def test_isizulu_prefixes_do_not_hide_a_word(typed, written):
    assert is_near(typed, written)
    assert set(stems(typed)) & set(stems(written))


def test_short_words_are_not_guessed():
    assert not is_near("road", "roof")


@given(st.text(max_size=400))
def test_nothing_that_is_typed_breaks_it(typed):
    found = read_search(typed, LETTERS)
    assert len(found.words) <= 8
