"""Other words for a reply: proposed by one, looked at by another, said to everybody, taken back."""

from datetime import UTC, datetime

import pytest

from crm_store.database import transaction
from crm_store.queries.proposals import proposals, text_rows
from crm_store.region import look_again, region, region_file
from crm_store.services.proposals import (
    ProposalRefused,
    WordingRefused,
    approve_proposal,
    propose_wording,
    reject_proposal,
    withdraw_proposal,
)
from crm_store.services.region_changes import change_region, undo_change
from crm_store.services.translations import propose_catalogue, write_catalogue
from crm_store.texts import render, shipped_wording

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
NOMSA, SIPHO = "agent:nomsa", "agent:sipho"
KEY, WORDS = "utter_welcome", "It is a pleasure. Write again whenever you need us."


@pytest.fixture(autouse=True)
def _database(database_url):
    look_again()
    yield
    look_again()


def propose(words=WORDS, language="en", actor=NOMSA, key=KEY):
    with transaction() as session:
        row = propose_wording(session, region_file(), region(), key, language, words, actor, NOW, why="warm")
    return row.id


def approve(proposal, actor=SIPHO):
    with transaction() as session:
        row = approve_proposal(session, region_file(), proposal, actor, NOW)
    look_again()
    return row


def said(language="en"):
    return render(KEY, language, {}, region()).text


def test_nothing_is_said_before_a_second_person_agrees():
    shipped = said()
    proposal = propose()
    look_again()
    assert said() == shipped
    with pytest.raises(ProposalRefused, match="second person"):
        approve(proposal, NOMSA)
    approve(proposal)
    assert (said(), said("zu")) == (WORDS, shipped_wording(KEY, "zu"))


def test_it_is_undone_like_every_change():
    shipped = said()
    row = approve(propose())
    with transaction() as session:
        undo_change(session, region_file(), row.change_number, SIPHO, NOW)
    look_again()
    assert said() == shipped


def test_the_words_that_ship_can_be_proposed_again():
    shipped = said()
    approve(propose())
    approve(propose(shipped, actor=SIPHO), NOMSA)
    assert said() == shipped
    assert KEY not in region().texts


def test_a_newer_proposal_takes_the_place_of_an_open_one():
    first = propose()
    second = propose("You are most welcome.", actor=SIPHO)
    with pytest.raises(ProposalRefused, match="replaced"):
        approve(first)
    approve(second, NOMSA)
    assert said() == "You are most welcome."


def test_what_was_changed_meanwhile_is_not_overwritten():
    proposal = propose()
    with transaction() as session:
        change_region(session, region_file(), f"texts.{KEY}.en", "Only a pleasure.", SIPHO, NOW)
    with pytest.raises(ProposalRefused, match="changed since"):
        approve(proposal)


def test_a_rejection_says_why_and_who_proposed_may_withdraw():
    proposal = propose()
    with transaction() as session:
        with pytest.raises(ProposalRefused, match="say why"):
            reject_proposal(session, proposal, SIPHO, NOW, "  ")
        with pytest.raises(ProposalRefused, match="reject it"):
            withdraw_proposal(session, proposal, SIPHO, NOW)
        assert reject_proposal(session, proposal, SIPHO, NOW, "too long").review_note == "too long"
    other = propose()
    with transaction() as session:
        withdraw_proposal(session, other, NOMSA, NOW)
        assert {row.state for row in proposals(session)} == {"withdrawn", "rejected"}
        assert proposals(session, open_only=True) == []


@pytest.mark.parametrize(
    ("key", "words", "rule"),
    [
        ("utter_status_case", "All is well.", "missing_value"),
        (KEY, "Welcome {name}.", "unknown_value"),
        (KEY, "Welcome. " * 60, "too_long"),
        (KEY, "Welcome \u0142.", "costly_letters"),
    ],
)
def test_a_wording_that_breaks_a_rule_is_refused(key, words, rule):
    with pytest.raises(WordingRefused) as refused:
        propose(words, key=key)
    assert rule in [fault.rule for fault in refused.value.faults]


def test_unknown_texts_and_no_change_are_refused():
    with pytest.raises(ProposalRefused, match="no text"):
        propose(key="utter_unheard_of")
    with pytest.raises(ProposalRefused, match="nothing would change"):
        propose(shipped_wording(KEY, "en"))


def test_the_list_finds_words_in_both_languages_and_what_is_our_own():
    approve(propose())
    propose("Usufakiwe ngomusa.", "zu")
    with transaction() as session:
        assert KEY in {row.key for row in text_rows(session, region(), search="pleasure")}
        (own,) = text_rows(session, region(), which="own")
        assert (own.key, own.own, own.proposed) == (KEY, {"en"}, {"zu"})
        assert own.segments == {"en": 1, "zu": 1}
        assert [row.key for row in text_rows(session, region(), which="proposed")] == [KEY]


def test_translators_get_a_catalogue_and_what_they_changed_is_proposed():
    approve(propose())
    with transaction() as session:
        catalogue = write_catalogue(region(), "en")
        assert WORDS in catalogue
        changed = catalogue.replace(WORDS, "You are welcome, always.")
        proposed, refused = propose_catalogue(session, region_file(), region(), "en", changed, SIPHO, NOW)
        assert ([row.value for row in proposed], refused) == (["You are welcome, always."], [])


def test_what_breaks_a_rule_in_a_catalogue_is_named_and_the_rest_is_taken():
    catalogue = write_catalogue(region(), "zu")
    welcome, status = shipped_wording(KEY, "zu"), shipped_wording("utter_status_case", "zu")
    changed = catalogue.replace(f'"{welcome}"', '"Usizwe ngomusa."').replace(f'"{status}"', '"Kuhle."')
    with transaction() as session:
        proposed, refused = propose_catalogue(session, region_file(), region(), "zu", changed, SIPHO, NOW)
    assert [row.way for row in proposed] == [f"texts.{KEY}.zu"]
    assert [key for key, _ in refused] == ["utter_status_case"]


def test_a_file_that_is_no_catalogue_is_refused():
    with transaction() as session, pytest.raises(ProposalRefused, match="catalogue"):
        propose_catalogue(session, region_file(), region(), "zu", 'msgid "a', SIPHO, NOW)
