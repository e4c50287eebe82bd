"""A candidate reads along: which messages, how much of them, and what it never sees."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.queries.shadow import agreement, differences, last_shadow
from crm_store.services import shadow as deeds
from crm_store.services.citizens import erase_citizen
from crm_store.services.shadow import agree, next_batch, note_readings, start_shadow, stop_shadow
from crm_store.services.turns import finish_turn
from crm_store.tables import Address, Conversation, Message
from tests.store.models import a_model, in_service
from tests.store.people import writes

SOON = timedelta(minutes=1)
WATER = {"class": "complaint", "category": "water", "language": "zu", "class_confidence": 0.9}
ROADS = {"class": "complaint", "category": "roads", "language": "zu", "class_confidence": 0.9}


@pytest.fixture
def candidate(session):
    """A model that reads every message."""
    in_service(session)
    model = a_model(session)
    start_shadow(session, model.id, share=100, actor="thoko")
    return model


def answered(session, body="Awekho amanzi eSundumbili", understood=WATER, **more):
    """Somebody writes and the engine answers."""
    message = session.get_one(Message, writes(session, body, **more).message_id)
    finish_turn(session, message.id, [], asking=None, choices=[], understanding=understood)
    return message


def later():
    return datetime.now(UTC) + SOON


def test_it_reads_what_came_since_once(session, candidate):
    first, second = answered(session), answered(session, "robots not working")
    batch = next_batch(session, later())
    assert batch.texts == {first.id: first.body, second.id: second.body}
    assert note_readings(session, batch, [(first.id, WATER, WATER), (second.id, WATER, ROADS)]) == 1
    assert next_batch(session, later()) is None
    note_readings(session, batch, [(first.id, WATER, ROADS)])
    found = agreement(session, batch.shadow_id)
    assert [(row.messages, row.alike) for row in found["all"]] == [(2, 1)], "a batch noted twice counts once"
    assert [one.message_id for one in differences(session, batch.shadow_id)] == [second.id]


def test_a_batch_that_was_cut_off_is_read_again(session, candidate):
    answered(session)
    assert next_batch(session, later()) is not None
    assert next_batch(session, later()) is not None


def test_what_it_does_not_read(session, candidate):
    answered(session, "Sundumbili")  # the answer to a question
    answered(session, "a pin", understood=None)
    answered(session, "I saw the mayor take money").sealed = True
    writes(session, "not answered yet, this one")
    session.flush()
    assert next_batch(session, later()) is None


def test_it_ends_by_itself_after_four_weeks(session, candidate):
    answered(session)
    assert next_batch(session, later() + deeds.LASTS) is None
    assert last_shadow(session).stopped_by == "system"
    assert next_batch(session, later()) is None


def test_it_ends_when_an_update_made_it_another_versions_model(session, candidate):
    answered(session)
    in_service(session, frame="the frame of the next version")
    assert next_batch(session, later()) is None
    assert last_shadow(session).stopped_by == "system"


def test_of_many_it_reads_its_share_and_the_newest(session, monkeypatch):
    in_service(session)
    start_shadow(session, a_model(session).id, share=30, actor="thoko")
    for number in range(120):
        answered(session, f"message number {number}")
    read = len(next_batch(session, later()).texts)
    assert 15 <= read <= 60
    monkeypatch.setattr(deeds, "MOST_A_BATCH", 5)
    assert len(next_batch(session, later()).texts) == 5


def test_one_at_a_time_and_nobody_without_a_file(session, candidate):
    other = a_model(session)
    start_shadow(session, other.id, share=10, actor="sipho")
    answered(session)
    batch = next_batch(session, later())
    assert batch is None or batch.candidate_id == other.id
    assert stop_shadow(session, actor="sipho")
    assert not stop_shadow(session, actor="sipho")
    assert next_batch(session, later()) is None
    for number, words in ((10**6, "no model"), (batch_published(session), "in service")):
        with pytest.raises(deeds.ShadowRefused, match=words):
            start_shadow(session, number, share=10, actor="sipho")


def batch_published(session):
    from crm_store.queries.models import current_publication

    return current_publication(session).model_id


def test_an_erased_person_is_in_no_list(session, candidate):
    message = answered(session)
    batch = next_batch(session, later())
    note_readings(session, batch, [(message.id, WATER, ROADS)])
    conversation = session.get_one(Conversation, message.conversation_id)
    erase_citizen(session, session.get_one(Address, conversation.address_id).citizen_id, "thoko")
    session.expire_all()
    assert list(differences(session, batch.shadow_id)) == []


meanings = st.fixed_dictionaries(
    {
        "class": st.sampled_from(["complaint", "greet", "query"]),
        "category": st.sampled_from(["water", "roads", None]),
    }
)


@given(meanings, meanings)
def test_agreement_goes_both_ways_and_a_greeting_is_about_nothing(one, other):
    assert agree(one, one)
    assert agree(one, other) == agree(other, one)
    if one["class"] == other["class"] == "greet":
        assert agree(one, other)
