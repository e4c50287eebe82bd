"""Cases that were made one with another, taken apart again: each goes on with its own clock."""

from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.cases import Stage
from crm_store.domain.region import Region
from crm_store.services.cases import MoveRefused
from crm_store.services.clocks import keep_clock
from crm_store.services.confidence import case_for
from crm_store.services.history import changing, record_event
from crm_store.services.holds import place_hold
from crm_store.services.notices import plan_notice
from crm_store.tables import Case


def split_case(
    session: Session, region: Region, reference: str, reason: str, actor: str, now: datetime
) -> Case:
    """Take a merged case up again by itself; its citizen is told. Raises CaseNotFound, MoveRefused."""
    case = case_for(session, region, reference, actor)
    if case.merged_into_id is None:
        raise MoveRefused("as_it_stands", f"{case.reference} is not merged into another case")
    if not reason.strip():
        raise MoveRefused("say_split", "say why the cases are not the same")
    _part(session, region, case, reason.strip(), actor, now)
    return case


def part_others(session: Session, region: Region, case: Case, actor: str, now: datetime) -> None:
    """The case ends without having been resolved: what others reported must not end with it."""
    for other in merged_into(session, case):
        if other.citizen_id != case.citizen_id:
            _part(session, region, other, f"{case.reference} was closed", actor, now)


def merged_into(session: Session, case: Case) -> list[Case]:
    """The cases that were merged into this one, oldest first."""
    session.flush()
    return list(
        session.scalars(select(Case).where(Case.merged_into_id == case.id).order_by(Case.opened_at, Case.id))
    )


def _part(session: Session, region: Region, case: Case, reason: str, actor: str, now: datetime) -> None:
    kept = session.get_one(Case, case.merged_into_id)
    before = cast(Stage, case.stage)
    with changing(session, case, "split", actor=actor, at=now, note=reason):
        case.merged_into_id = case.closed_at = None
        case.stage = "assigned" if case.assignee else "new"
        keep_clock(session, region, case, before, now)
    place_hold(session, case, now)
    record_event(
        session,
        "case",
        kept.id,
        "split_off",
        actor=actor,
        after={"merged": case.reference},
        note=reason,
        at=now,
    )
    plan_notice(session, region, case, "reopened", now)
