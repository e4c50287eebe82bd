"""References: made, read back however they are keyed in, and every usual slip noticed."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import damm

from crm_store.domain.references import digits_of, format_reference, new_reference, read_reference

LETTERS = {"IDM", "KDM", "MLM", "NLM", "MALM"}
SEVEN = st.integers(1_000_000, 9_999_999).map(str)


def reference_of(seven: str, letters: str = "KDM") -> str:
    digits = iter(seven)
    return new_reference(letters, lambda: int(next(digits)))


GOOD = reference_of("4821730")
EIGHT = digits_of(GOOD)


@given(SEVEN, st.sampled_from(sorted(LETTERS)))
def test_what_is_made_is_read(seven: str, letters: str) -> None:
    reference = reference_of(seven, letters)
    read = read_reference(reference, LETTERS)
    assert (read.kind, read.digits, read.letters) == ("valid", digits_of(reference), letters)
    assert format_reference(letters, digits_of(reference)) == reference


@given(SEVEN, st.data())
def test_every_single_wrong_digit_is_a_typing_error(seven: str, data: st.DataObject) -> None:
    digits = digits_of(reference_of(seven))
    at = data.draw(st.integers(0, 7))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[at]]))
    slipped = digits[:at] + wrong + digits[at + 1 :]
    assert read_reference(f"KDM-{slipped}", LETTERS).kind == "typing_error"


@given(SEVEN, st.integers(0, 6))
def test_every_swap_of_neighbours_is_a_typing_error(seven: str, at: int) -> None:
    digits = digits_of(reference_of(seven))
    swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    expected = "valid" if swapped == digits else "typing_error"
    assert read_reference(f"KDM-{swapped}", LETTERS).kind == expected


@pytest.mark.parametrize(
    "written",
    [
        "KDM-4821-730{c}",
        "kdm 4821 730{c}",
        "Kdm4821730{c}",
        "KDM 4821730{c}",
        "4821 730{c}",
        "4821730{c}",
        "KDM–4821–730{c}",
        "KDM.4821.730{c}",
        "KDM-482I-73O{c}",
        "kdm-482l-73o{c}",
        "KDM-4B21-730{c}",
        "KDM-48Z1-730{c}",
        "KDM : 4821 - 730{c}",
        "my ref is KDM-4821-730{c}, any news?",
        "isikhalazo sami 4821-730{c} sesifikephi",
        "(KDM-4821-730{c}).",
        "KDX-4821-730{c}",
        "ref 4821730{c}",
    ],
)
def test_read_forgivingly(written: str) -> None:
    read = read_reference(written.format(c=EIGHT[-1]), LETTERS)
    assert (read.kind, read.digits) == ("valid", EIGHT)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "what's my status",
        "soil bills bill soil bob lobs",
        "0821234567",
        "082 123 4567",
        "+27 82 123 4567",
        "1234567890123",
        "R4560 for july",
        "02214",
        "²²²²²²²²",
        "٤٨٢١٧٣٠٥",
    ],
)
def test_no_reference(written: str) -> None:
    assert read_reference(written, LETTERS).kind == "none"


def test_a_lost_or_doubled_digit_behind_our_letters_is_a_typing_error() -> None:
    assert read_reference("KDM-4821-730", LETTERS).kind == "typing_error"
    assert read_reference(f"KDM-4821-7300{EIGHT[-1]}", LETTERS).kind == "typing_error"


def test_a_valid_one_is_preferred_to_a_faulty_one() -> None:
    read = read_reference(f"not KDM-4821-7309 but IDM-{EIGHT}", LETTERS)
    assert (read.kind, read.letters) == ("valid", "IDM")


@given(st.text(max_size=300))
def test_reading_never_fails_and_valid_means_valid(text: str) -> None:
    read = read_reference(text, LETTERS)
    if read.kind == "valid":
        assert read.digits is not None
        assert damm.is_valid(read.digits)


def test_never_begins_with_zero() -> None:
    digits = (n % 10 for n in count())
    assert digits_of(new_reference("KDM", lambda: next(digits)))[0] == "1"
    with pytest.raises(ValueError, match="nothing but zeros"):
        new_reference("KDM", lambda: 0)


def test_by_default_references_differ() -> None:
    assert len({new_reference("KDM") for _ in range(200)}) > 195
