"""The clock of a case as the store keeps it: begun at opening, stopped and started again, its next times."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.cases import Stage, clock_runs
from crm_store.domain.clocks import Interval, service_level
from crm_store.domain.promises import Promise, stricter
from crm_store.domain.region import Region
from crm_store.tables import Case, CasePause, Delay, new_id


def stored_clock(region: Region, case: Case) -> dict[str, object]:
    """What the case's clock counts; of a case from before clocks were kept, what its rules say."""
    if case.clock is not None:
        return case.clock
    level = service_level(region, case.case_class, case.category, case.priority, case.municipality)
    return Promise.as_stored(case.opened_at, case.municipality, level)


def promise_of(session: Session, region: Region, case: Case) -> Promise:
    """The promise made about the case, with its pauses so far."""
    return Promise.read(stored_clock(region, case), region, pauses_of(session, [case.id]).get(case.id, ()))


def pauses_of(session: Session, case_ids: Collection[UUID]) -> dict[UUID, list[Interval]]:
    """The pauses that are over, by case, in order."""
    found: dict[UUID, list[Interval]] = {}
    session.flush()
    rows = session.execute(
        select(CasePause.case_id, CasePause.paused_at, CasePause.resumed_at)
        .where(CasePause.case_id.in_(case_ids), CasePause.resumed_at.is_not(None))
        .order_by(CasePause.case_id, CasePause.paused_at)
    )
    for case_id, paused_at, resumed_at in rows:
        if resumed_at is not None:
            found.setdefault(case_id, []).append((paused_at, resumed_at))
    return found


def schedule(session: Session, region: Region, case: Case, promise: Promise) -> None:
    """Set when the case is due, when the ladder's next step comes and when the citizen hears of a delay."""
    case.due_at = promise.due_at
    running = clock_runs(_stage(case))
    case.next_step_at = promise.next_step(region.escalation, case.escalation_step) if running else None
    delay = session.get(Delay, case.id)
    told = delay is not None and delay.told_at is not None
    tell = running and not told and case.case_class != "compliment"
    case.delay_notice_at = promise.tell_delay_at(region.telling.delay_at_percent) if tell else None


def keep_clock(session: Session, region: Region, case: Case, before: Stage, now: datetime) -> None:
    """Stop the clock or let it go on, as the move from stage `before` to the case's own demands."""
    stage = _stage(case)
    if clock_runs(before) and clock_runs(stage):
        return
    waiting = session.scalar(
        select(CasePause).where(CasePause.case_id == case.id, CasePause.resumed_at.is_(None))
    )
    if clock_runs(stage) and waiting is not None:
        waiting.resumed_at = max(now, waiting.paused_at)
        schedule(session, region, case, promise_of(session, region, case))
        return
    why = "waiting" if stage == "waiting_for_citizen" else "resolved"
    if waiting is not None and waiting.why != why:
        waiting.resumed_at = max(now, waiting.paused_at)
        # What was resolved while it waited is judged by what was left when it began to wait.
        case.due_at = promise_of(session, region, case).due_at
        waiting = None
    if waiting is None:
        session.add(CasePause(id=new_id(), case_id=case.id, paused_at=now, why=why))
    case.next_step_at = case.delay_notice_at = None


def tighten(session: Session, region: Region, case: Case, now: datetime) -> None:
    """After an edit of class, category or priority: the stricter of the old promise and the new one.

    What turns out to be an emergency counts its hours from now on; anything else from the opening.
    """
    old = promise_of(session, region, case)
    level = service_level(region, case.case_class, case.category, case.priority, case.municipality)
    start = now if case.priority == "emergency" else case.opened_at
    clock = Promise.as_stored(start, clock_municipality(case), level)
    new = Promise.read(clock, region, old.pauses)
    if stricter(old, new) is new:
        case.clock = clock
        if clock_runs(_stage(case)):
            schedule(session, region, case, new)
        else:
            case.due_at = new.due_at


def clock_municipality(case: Case) -> str:
    """The municipality whose office hours the case's clock counts; a referral does not change it."""
    return str(case.clock["municipality"]) if case.clock else case.municipality


def _stage(case: Case) -> Stage:
    return case.stage  # type: ignore[return-value]
