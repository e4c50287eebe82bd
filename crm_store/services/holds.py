"""Holds on disputed amounts: no credit control on them until the dispute is decided (Systems Act s102(2))."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.services.history import record_event
from crm_store.tables import Case, Hold, new_id


def place_hold(session: Session, case: Case, now: datetime) -> Hold | None:
    """Place the hold of an open dispute that names account and amount; returns the one that stands, or None.

    Called again it changes nothing, unless the case says another account or amount by now: then the new hold
    takes the old one's place at the same moment.
    """
    if case.case_class != "dispute" or not case.account_number or not case.disputed_amount:
        return None
    standing = standing_hold(session, case)
    if standing is not None:
        if (standing.account_number, standing.amount) == (case.account_number, case.disputed_amount):
            return standing
        _lift(session, case, standing, "changed", "system", now)
    hold = Hold(
        id=new_id(),
        case_id=case.id,
        account_number=case.account_number,
        amount=case.disputed_amount,
        period=case.period,
        placed_at=now,
    )
    session.add(hold)
    _record(session, case, hold, "hold_placed", "system", now)
    return hold


def lift_hold(session: Session, case: Case, outcome: str, actor: str, now: datetime) -> Decimal | None:
    """Lift the case's hold; returns its amount, None when there was none."""
    standing = standing_hold(session, case)
    if standing is None:
        return None
    _lift(session, case, standing, outcome, actor, now)
    return standing.amount


def standing_hold(session: Session, case: Case) -> Hold | None:
    """The hold of the case that is not lifted, or None."""
    session.flush()
    return session.scalar(select(Hold).where(Hold.case_id == case.id, Hold.lifted_at.is_(None)))


def _lift(session: Session, case: Case, hold: Hold, outcome: str, actor: str, now: datetime) -> None:
    hold.lifted_at, hold.outcome = now, outcome
    session.flush()
    _record(session, case, hold, "hold_lifted", actor, now)


def _record(session: Session, case: Case, hold: Hold, kind: str, actor: str, now: datetime) -> None:
    after = {"hold": {"amount": hold.amount, "period": hold.period, "outcome": hold.outcome}}
    record_event(session, "case", case.id, kind, actor=actor, after=after, at=now)
