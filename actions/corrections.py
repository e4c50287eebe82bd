"""What was told before, put right or made complete: added to the case, for those who work on it."""

from __future__ import annotations

import re
from datetime import timedelta

from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions.hearing import Hearing
from actions.store import transaction
from crm_store.queries.cases import cases_of
from crm_store.services.cases import add_detail
from crm_store.services.conversations import citizen_of
from crm_store.tables import Case

# What is added without naming its case belongs to one opened since then.
LATELY = timedelta(hours=24)
_WRONG = re.compile(
    r"\W*(?:(?:no|cha|hhayi)\W+)?(?:(?:that|this|it)(?:'?s|\s+is)?\s+)?(?:all\s+)?(?:wrong|incorrect|not\s+(?:right|correct)|"
    r"a\s+mistake|(?:y?i|kune)phutha|a(?:ku|yi|li)lungile|akunjalo)\W*",
    re.IGNORECASE,
)


def asked_what_is_right(heard: Hearing, dispatcher: CollectingDispatcher) -> bool:
    """Asks what is right where the message is nothing but 'wrong'; False where it says more."""
    if not _WRONG.fullmatch(heard.text):
        return False
    with transaction() as session:
        case = _opened_lately(session, heard)
        reference = case.reference if case else None
    if reference:
        dispatcher.utter_message(response="utter_ask_right", reference=reference)
    else:
        dispatcher.utter_message(response="utter_write_again")
    return True


def added_to_last_case(heard: Hearing, dispatcher: CollectingDispatcher) -> bool:
    """Adds numbers sent after a case, or what is put right, to it; False where none was opened lately."""
    with transaction() as session:
        case = _opened_lately(session, heard)
        if case is None:
            return False
        reference = case.reference
        add_detail(
            session,
            reference,
            heard.text,
            message_id=heard.message_id,
            account_number=heard.entity("account_number"),
            disputed_amount=heard.entity("amount"),
            period=heard.entity("month"),
        )
    dispatcher.utter_message(response="utter_detail_added", reference=reference)
    return True


def _opened_lately(session: Session, heard: Hearing) -> Case | None:
    newest = cases_of(session, citizen_of(session, heard.conversation_id), 1, open_only=True)
    return newest[0] if newest and newest[0].opened_at >= heard.now - LATELY else None
