"""STATUS of a case that was merged into another: its own reference, the progress of the one that is kept."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.hearing import Hearing
from actions.status import tell_status
from crm_store.database import transaction
from crm_store.services.merges import merge_cases
from crm_store.services.stages import resolve_case
from crm_store.texts import LANGUAGES, render
from tests.store.people import SIPHO, THANDI
from tests.store.test_case_lists import opened

NOW = datetime.now(UTC)


def asks(case, reference: str | None) -> dict:
    """What the writer of the case hears when they ask for the status."""
    heard = Hearing(
        text="STATUS", intent="status", intent_confidence=1.0, category=None, category_confidence=0.0,
        emergency=None, entities=({"entity": "reference", "value": reference},) if reference else (),
        message_id=uuid4(), conversation_id=case.conversation_id, channel="sms", language="en", latitude=None,
        longitude=None, known_accounts=(), asking=None, ranking=(),
    )  # fmt: skip
    dispatcher = CollectingDispatcher()
    tell_status(heard, dispatcher)
    (message,) = dispatcher.messages
    return message


@pytest.fixture
def merged(database_url, region):
    with transaction() as session:
        kept = opened(
            session, region, address=THANDI, at=NOW - timedelta(days=1), location_text="15 Palm Road"
        )
        case = opened(session, region, address=SIPHO, at=NOW)
        merge_cases(session, region, case.reference, kept.reference, "the same hole", "agent:nomsa", NOW)
    return case, kept


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_neighbours_case_tells_the_progress_of_the_kept_one(merged, region, language):
    case, kept = merged
    told = asks(case, case.reference)
    assert told["response"] == "utter_status_case"
    text = render(told["response"], language, told, region).text
    assert case.reference in text
    assert kept.reference not in text
    assert "Palm Road" not in text
    with transaction() as session:
        resolve_case(session, region, kept.reference, "Filled", "agent:nomsa", NOW)
    told = asks(case, case.reference)
    assert (told["response"], told["reference"]) == ("utter_status_case_done", case.reference)
    listed = asks(case, None)["cases"]
    assert [one["values"]["reference"] for one in listed] == [case.reference]


def test_the_kept_one_is_not_found_by_the_neighbour(merged):
    case, kept = merged
    assert asks(case, kept.reference)["response"] == "utter_status_not_found"
