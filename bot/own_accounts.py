"""A person's own accounts, asked for in set words: told to linked phones only, without the engine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm_store.domain.account_words import Wish
from crm_store.domain.region import Region
from crm_store.queries.own_accounts import MOST_LINES, balances, last_readings, meters_of
from crm_store.services.account_links import linked_accounts
from crm_store.services.account_proofs import prove_by_id
from crm_store.services.reminders import want_no_reminders, want_reminders
from crm_store.services.turns import TurnContext

Answer = tuple[str, dict[str, Any]]


def answer_wish(session: Session, region: Region, context: TurnContext, wish: Wish, now: datetime) -> Answer:
    """Does what is wished, in the caller's transaction; key and values of the reply."""
    if wish.kind == "prove":
        return _prove(session, region, context, wish, now)
    if wish.kind in ("remind", "remind_no_more"):
        return _remind(session, region, context, wish, now)
    accounts = linked_accounts(session, context.citizen_id)
    if wish.account_number is not None:
        accounts = [account for account in accounts if account.account_number == wish.account_number]
    if not accounts:
        return "utter_own_not_linked", {"account_example": region.account_format.example}
    match wish.kind:
        case "balance":
            lines = balances(accounts)
        case "accounts":
            lines = meters_of(session, accounts)
        case _:
            lines = last_readings(session, accounts)
    if not lines:
        return "utter_own_nothing", {}
    if len(accounts) > MOST_LINES:
        more = {"response": "utter_own_more", "values": {"account_example": region.account_format.example}}
        lines = [*lines, more]
    return "utter_own_list", {"lines": lines}


def _remind(session: Session, region: Region, context: TurnContext, wish: Wish, now: datetime) -> Answer:
    if wish.kind == "remind_no_more":
        want_no_reminders(session, context.conversation_id, now)
        return "utter_reminders_off", {}
    accounts = want_reminders(session, region, context.conversation_id, now)
    facts = [
        {
            "response": "utter_reminder_of",
            "values": {"account_number": account.account_number, "read_day": account.read_day},
        }
        for account in accounts
    ]
    return ("utter_reminders_on", {"facts": facts}) if facts else ("utter_reminders_none", {})


def _prove(session: Session, region: Region, context: TurnContext, wish: Wish, now: datetime) -> Answer:
    how = {"account_example": region.account_format.example}
    if wish.account_number is None or wish.id_digits is None:
        return "utter_own_not_linked", how
    outcome = prove_by_id(session, context.message_id, wish.account_number, wish.id_digits, now)
    return f"utter_own_{outcome}", {**how, "account_number": wish.account_number}
