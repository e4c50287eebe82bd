"""What a wording must be before anybody reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.segments import is_gsm, plain
from crm_store.domain.wordings import WordingFault, wording_faults

TAKES = {"reference", "due_day"}
GOOD = "Thank you. Ref {reference}, by {due_day}."


def rules(text, takes=TAKES, other=None):
    return [(one.rule, one.about) for one in wording_faults(text, takes, other)]


def test_a_good_wording_has_no_fault():
    assert wording_faults(GOOD, TAKES, "Siyabonga. {reference} {due_day}.") == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("  ", ("empty", "")),
        ("Ref {reference}.", ("missing_value", "due_day")),
        (GOOD + " {name}", ("unknown_value", "name")),
        (GOOD + " {", ("loose_brace", "")),
        (GOOD + " \u0142", ("costly_letters", "\u0142")),
        (GOOD + " see https://example.org", ("link", "")),
    ],
)
def test_each_rule_names_what_it_is_about(text, fault):
    assert fault in rules(text)


def test_the_other_language_is_not_repeated():
    assert rules(GOOD, other=GOOD) == [("same_in_both", "")]
    assert rules("{reference} {due_day}", other="{reference} {due_day}") == []


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF, exclude_characters="{}"), max_size=80))
def test_what_is_passed_is_paid_as_gsm(text):
    if wording_faults(text, set()) == []:
        assert is_gsm(plain(text))


@given(st.sets(st.sampled_from(["a", "b", "c"])), st.sets(st.sampled_from(["a", "b", "c"])))
def test_the_values_must_be_the_same(takes, written):
    text = "Word " + " ".join(f"{{{name}}}" for name in sorted(written))
    found = {one for one in wording_faults(text, takes) if one.rule.endswith("_value")}
    assert found == {WordingFault("unknown_value", name) for name in written - takes} | {
        WordingFault("missing_value", name) for name in takes - written
    }
