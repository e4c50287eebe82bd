"""The escalation ladder: every open case climbs it by its own clock, assigned or not, each step once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.promises import Promise
from crm_store.domain.region import EscalationStep, Region
from crm_store.services.clocks import pauses_of, promise_of, stored_clock
from crm_store.services.history import changing
from crm_store.services.staff_notices import Told, for_role, owner_of, tell_staff
from crm_store.tables import Case

#: Cases in one transaction: few enough that nobody waits for their locks.
BATCH = 500

Transaction = Callable[[], AbstractContextManager[Session]]


def sweep_escalations(open_transaction: Transaction, region: Region, now: datetime) -> int:
    """Take every step that is due by `now`, for every open case; returns how many steps were taken.

    Safe with several at once: a case that another sweep holds is left to it.
    """
    taken = 0
    while True:
        with open_transaction() as session:
            steps = _sweep_batch(session, region, now)
        if steps is None:
            return taken
        taken += steps


def take_next_step(session: Session, region: Region, case: Case, now: datetime) -> None:
    """Take the case one step up although its time is not there yet: the person says that it is not fixed."""
    if case.escalation_step < len(region.escalation):
        told = _take_step(session, region, case, promise_of(session, region, case), now)
        tell_staff(session, region, [told], now)


def _sweep_batch(session: Session, region: Region, now: datetime) -> int | None:
    cases = session.scalars(
        select(Case)
        .where(Case.next_step_at <= now)
        .order_by(Case.next_step_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    if not cases:
        return None
    pauses = pauses_of(session, [case.id for case in cases])
    told: list[Told] = []
    for case in cases:
        promise = Promise.read(stored_clock(region, case), region, pauses.get(case.id, ()))
        while case.next_step_at is not None and case.next_step_at <= now:
            told.append(_take_step(session, region, case, promise, now))
    tell_staff(session, region, told, now)
    return len(told)


def _take_step(session: Session, region: Region, case: Case, promise: Promise, now: datetime) -> Told:
    step = region.escalation[case.escalation_step]
    told = _whom(region, case, step)
    note = f"{step.at_percent} % of the time: {told.to_user or told.to_role}"
    with changing(session, case, "escalated", actor="system", at=now, note=note):
        case.escalation_step += 1
        case.next_step_at = promise.next_step(region.escalation, case.escalation_step)
        if step.at_percent >= 100 and case.priority == "normal":
            case.priority = "high"
    return told


def _whom(region: Region, case: Case, step: EscalationStep) -> Told:
    number = case.escalation_step + 1
    data = {"percent": step.at_percent, "due_at": case.due_at}
    if step.to == "owner":
        return owner_of(region, case, "escalation", step=number, data=data)
    return for_role(region, case, "escalation", step.to, step=number, data=data)
