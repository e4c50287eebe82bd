"""Cases that will be late: the citizen is told once, before the promise is broken, why and until when."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.cases import clock_runs
from crm_store.domain.delays import expected_at as new_date
from crm_store.domain.region import Region
from crm_store.services.cases import MoveRefused
from crm_store.services.clocks import promise_of
from crm_store.services.confidence import case_for
from crm_store.services.history import changing, record_event
from crm_store.services.inbox import storable
from crm_store.services.notices import plan_notice
from crm_store.tables import Case, Delay

_BATCH = 200


def note_delays(
    open_transaction: Callable[[], AbstractContextManager[Session]], region: Region, now: datetime
) -> int:
    """Plan the word of delay for every case whose promise is about to be broken; returns for how many."""
    noted = 0
    while True:
        with open_transaction() as session:
            cases = session.scalars(
                select(Case)
                .where(Case.delay_notice_at <= now)
                .order_by(Case.delay_notice_at)
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            for case in cases:
                _note(session, region, case, now)
        if not cases:
            return noted
        noted += len(cases)


def explain_delay(
    session: Session,
    region: Region,
    reference: str,
    reason: str,
    actor: str,
    now: datetime,
    expected_at: datetime | None = None,
) -> Delay:
    """Say why the case is late and until when (None: by the rule); the citizen hears it if they did not yet.

    Raises CaseNotFound, NotForThem, and MoveRefused when nothing is owed now, no reason is given or the date
    is past.
    """
    case = case_for(session, region, reference, actor)
    if not clock_runs(case.stage):  # type: ignore[arg-type]
        raise MoveRefused("as_it_stands", f"{case.reference} is {case.stage}: nothing is late about it")
    if not reason.strip():
        raise MoveRefused("say_delay", "say why it takes longer: the citizen hears it")
    if expected_at is not None and expected_at <= now:
        raise MoveRefused("day_past", "the new date is past")
    delay = _delay_of(session, region, case, now)
    delay.reason = storable(reason).strip()
    delay.expected_at = expected_at or delay.expected_at
    after = {"delay_reason": delay.reason, "expected_at": delay.expected_at}
    record_event(session, "case", case.id, "delay_explained", actor=actor, after=after, at=now)
    _note(session, region, case, now)
    return delay


def _note(session: Session, region: Region, case: Case, now: datetime) -> None:
    delay = _delay_of(session, region, case, now)
    with changing(session, case, "delay_noted", actor="system", at=now):
        case.delay_notice_at = None
    if delay.told_at is None:
        plan_notice(session, region, case, "delayed", now, reason=delay.reason, expected_at=delay.expected_at)


def _delay_of(session: Session, region: Region, case: Case, now: datetime) -> Delay:
    delay = session.get(Delay, case.id, with_for_update=True)
    if delay is None:
        promise = promise_of(session, region, case)
        expected = new_date(promise.due_at, now, promise.level, promise.calendar)
        delay = Delay(case_id=case.id, expected_at=expected)
        session.add(delay)
        session.flush()
    return delay
