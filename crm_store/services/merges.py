"""Two cases about one matter made one: the later promise gives way to the earlier, nobody's thread is lost.

The merged case is closed and points to the one that is kept. Its reference goes on answering: with how far
the kept one is. A person of another case hears what came of it as if it had stayed their own.
"""

from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.cases import Stage, is_open
from crm_store.domain.references import digits_of
from crm_store.domain.region import Region
from crm_store.services.cases import CaseNotFound, MoveRefused
from crm_store.services.confidence import insist_on_access
from crm_store.services.history import changing, record_event
from crm_store.services.holds import lift_hold
from crm_store.services.notices import plan_notice
from crm_store.services.splits import merged_into
from crm_store.services.stages import move
from crm_store.tables import Case


def merge_cases(
    session: Session, region: Region, reference: str, into: str, reason: str, actor: str, now: datetime
) -> Case:
    """Close the case as the same as the case `into`, which is returned; both keep their history.

    Raises CaseNotFound, NotForThem, and MoveRefused when they cannot be one: another class, an anonymous or
    confidential report with one that is not, other amounts in dispute, or a promise that would be lengthened.
    """
    case, kept = _both(session, reference, into)
    for one in (case, kept):
        insist_on_access(session, region, one, actor)
    _insist_on_sameness(session, case, kept)
    with changing(session, case, "merged", actor=actor, at=now, note=reason.strip() or None):
        move(session, region, case, "closed", actor, now)
        case.merged_into_id = kept.id
    lift_hold(session, case, "withdrawn", actor, now)
    record_event(
        session,
        "case",
        kept.id,
        "merge_taken",
        actor=actor,
        after={"merged": case.reference},
        note=reason.strip() or None,
        at=now,
    )
    same_person = case.citizen_id == kept.citizen_id
    plan_notice(session, region, case, "merged", now, other=kept.reference if same_person else None)
    return kept


def _both(session: Session, reference: str, into: str) -> tuple[Case, Case]:
    """Both, locked; always in one order, so that two who merge at once do not lock each other out."""
    found = {
        case.digits: case
        for case in session.scalars(
            select(Case)
            .where(Case.digits.in_((digits_of(reference), digits_of(into))))
            .order_by(Case.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    for written in (reference, into):
        if digits_of(written) not in found:
            raise CaseNotFound(f"there is no case {written}")
    return found[digits_of(reference)], found[digits_of(into)]


def _insist_on_sameness(session: Session, case: Case, kept: Case) -> None:
    if case.id == kept.id:
        raise MoveRefused("into_itself", "a case is not merged into itself")
    if case.merged_into_id is not None or not is_open(cast(Stage, case.stage)):
        said = f"{case.reference} is {case.stage}: only an open case is merged into another"
        raise MoveRefused("only_open", said)
    if kept.merged_into_id is not None or not is_open(cast(Stage, kept.stage)):
        said = f"{kept.reference} is {kept.stage}: reopen it before another is merged into it"
        raise MoveRefused("reopen_first", said, reference=kept.reference)
    if merged_into(session, case):
        said = f"others were merged into {case.reference}: merge {kept.reference} into it instead"
        raise MoveRefused("others_merged", said)
    if case.case_class != kept.case_class:
        said = f"{case.reference} is a {case.case_class} and {kept.reference} a {kept.case_class}"
        raise MoveRefused("other_kind", said)
    if case.anonymous or kept.anonymous or case.confidential != kept.confidential:
        raise MoveRefused("by_itself", "an anonymous or confidential report stays by itself")
    if case.case_class == "dispute" and _disputed(case) != _disputed(kept):
        raise MoveRefused("other_amounts", "they dispute other accounts or amounts")
    if case.due_at and (kept.due_at is None or case.due_at < kept.due_at):
        said = f"{case.reference} was promised sooner: merge {kept.reference} into it instead"
        raise MoveRefused("sooner", said)


def _disputed(case: Case) -> tuple[object, ...]:
    return case.account_number, case.disputed_amount
