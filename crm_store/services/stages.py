"""Moving cases on: who works on them, what the citizen owes, what was done, and that they come back."""

from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.domain.cases import PRIORITIES, STAGES, Priority, Stage, hand_of, is_confidential, may_move
from crm_store.domain.notices import NoticeKind
from crm_store.domain.region import Region
from crm_store.services.cases import MoveRefused, add_detail, case_with, route_department
from crm_store.services.clocks import keep_clock, tighten
from crm_store.services.confidence import case_for, seal
from crm_store.services.escalations import take_next_step
from crm_store.services.history import changing
from crm_store.services.holds import lift_hold, place_hold, standing_hold
from crm_store.services.inbox import storable
from crm_store.services.notices import plan_notice
from crm_store.services.splits import part_others
from crm_store.services.staff_notices import owner_of, tell_staff
from crm_store.tables import Case, StaffNotice, User

_TOLD: dict[str, NoticeKind] = {
    "assigned": "assigned",
    "in_progress": "started",
    "waiting_for_citizen": "waiting",
    "resolved": "resolved",
    "reopened": "reopened",
}


def set_stage(
    session: Session,
    region: Region,
    reference: str,
    stage: str,
    actor: str,
    note: str | None = None,
    *,
    now: datetime | None = None,
) -> Case:
    """Move the case to the stage; raises CaseNotFound, or MoveRefused when the move is not allowed.

    `note` is what was done (resolved), what the citizen is asked (waiting_for_citizen), else why. The clock
    stands still while the citizen owes an answer or the case is resolved, and goes on with what was left.
    """
    now = now or datetime.now(UTC)
    case = case_for(session, region, reference, actor)
    if case.stage == stage:
        return case
    if stage == "resolved" and standing_hold(session, case) is not None:
        raise MoveRefused(
            "amount_on_hold",
            f"{case.reference} has an amount on hold: decide it (upheld, partly or rejected)",
        )
    before = cast(Stage, case.stage)
    with changing(session, case, "stage_changed", actor=actor, at=now, note=note):
        move(session, region, case, stage, actor, now)
        if stage == "resolved":
            case.resolution = storable(note)
        elif stage == "waiting_for_citizen":
            case.question = storable(note)
    if stage == "reopened":
        place_hold(session, case, now)
        if hand_of(actor) == "citizen":
            take_next_step(session, region, case, now)
    elif stage == "closed":
        lift_hold(session, case, "withdrawn", actor, now)
        if before != "resolved":
            part_others(session, region, case, actor, now)
    _tell(session, region, case, before, actor, now, note)
    return case


def move(session: Session, region: Region, case: Case, stage: str, actor: str, now: datetime) -> None:
    """Put the case at the stage with what belongs to it, inside a recorded change; raises MoveRefused."""
    before = cast(Stage, case.stage)
    if stage not in STAGES:
        raise MoveRefused("as_it_stands", f"there is no stage {stage}; the stages are {', '.join(STAGES)}")
    hand = hand_of(actor, role_of(session, actor))
    if not may_move(before, cast(Stage, stage)):
        raise MoveRefused("as_it_stands", f"{case.reference} is {before}: it cannot become {stage}")
    if not may_move(before, cast(Stage, stage), hand):
        who = "a supervisor" if hand == "agent" else "the municipality's people"
        raise MoveRefused("supervisor_only", f"{case.reference} is {before}: only {who} can make it {stage}")
    case.stage = stage
    keep_clock(session, region, case, before, now)
    if stage != "waiting_for_citizen":
        case.question = None
    if stage != "referred":
        case.follow_up_on = None
        case.referral_state = "accepted" if case.referral_state == "offered" else case.referral_state
    if stage == "resolved":
        case.resolved_at, case.resolved_by = now, actor
    elif stage == "closed":
        case.closed_at = now
    elif stage == "reopened":
        case.merged_into_id = None
        case.resolved_at = case.closed_at = case.resolution = case.resolved_by = None
        case.outcome = case.outcome_reason = case.outcome_amount = None
    if hand in ("agent", "supervisor") and stage != "closed" and case.first_responded_at is None:
        case.first_responded_at = now  # of each of these moves the citizen hears


def assign_case(
    session: Session, region: Region, reference: str, user: str, actor: str, now: datetime
) -> Case:
    """Give the case to the user, who is told; a new one becomes assigned, an offered one is accepted.

    Raises CaseNotFound, and MoveRefused for a case that is resolved or closed.
    """
    case = case_for(session, region, reference, actor)
    before = cast(Stage, case.stage)
    if case.assignee == user and before not in ("new", "referred", "reopened"):
        return case
    with changing(session, case, "assigned", actor=actor, at=now):
        if before in ("new", "referred", "reopened"):
            move(session, region, case, "assigned", actor, now)
        elif before in ("resolved", "closed"):
            raise MoveRefused(
                "reopen_first",
                f"{case.reference} is {before}: reopen it before somebody works on it",
                reference=case.reference,
            )
        case.assignee = user
    if actor != f"agent:{user}":
        earlier = session.scalar(
            select(func.count())
            .select_from(StaffNotice)
            .where(StaffNotice.case_id == case.id, StaffNotice.kind == "assigned")
        )
        tell_staff(session, region, [owner_of(region, case, "assigned", step=earlier or 0)], now)
    if case.stage != before:
        _tell(session, region, case, before, actor, now, None)
    return case


def resolve_case(
    session: Session, region: Region, reference: str, done: str, actor: str, now: datetime
) -> Case:
    """Resolve the case; the citizen hears what was `done`. Raises CaseNotFound, MoveRefused."""
    if not done.strip():
        raise MoveRefused("say_done", "say what was done: the citizen hears it")
    return set_stage(session, region, reference, "resolved", actor, done.strip(), now=now)


def ask_citizen(
    session: Session, region: Region, reference: str, question: str, actor: str, now: datetime
) -> Case:
    """Ask the citizen; the clock stands still until they answer.

    Raises CaseNotFound, MoveRefused, and QuestionTooLong when it does not fit one SMS.
    """
    if not question.strip():
        raise MoveRefused("say_question", "say what the citizen is asked: they hear it")
    return set_stage(session, region, reference, "waiting_for_citizen", actor, question.strip(), now=now)


def take_answer(
    session: Session, region: Region, reference: str, text: str, message_id: UUID | None, now: datetime
) -> bool:
    """Add the citizen's answer to the case, which goes on: its clock runs again and its owner is told.

    False when this message's answer is there already. Raises CaseNotFound.
    """
    if not add_detail(session, reference, text, "citizen", message_id, now=now):
        return False
    case = case_with(session, reference)
    if case.anonymous:
        seal(session, message_id)
    if case.stage == "waiting_for_citizen":
        set_stage(session, region, reference, "in_progress", "citizen", now=now)
    answers = session.scalar(
        select(func.count())
        .select_from(StaffNotice)
        .where(StaffNotice.case_id == case.id, StaffNotice.kind == "answered")
    )
    tell_staff(session, region, [owner_of(region, case, "answered", step=answers or 0)], now)
    return True


def change_priority(
    session: Session, region: Region, reference: str, priority: str, actor: str, note: str, now: datetime
) -> Case:
    """Change the priority. A stricter level shortens the promise; nothing ever lengthens it.

    Raises CaseNotFound, and MoveRefused for an unknown priority, or when an agent lowers one.
    """
    case = case_for(session, region, reference, actor)
    if priority not in PRIORITIES:
        raise MoveRefused(
            "which_priority", f"there is no priority {priority}; there are {', '.join(PRIORITIES)}"
        )
    lowers = PRIORITIES.index(priority) > PRIORITIES.index(cast(Priority, case.priority))
    if lowers and hand_of(actor, role_of(session, actor)) == "agent":
        raise MoveRefused("lower_priority", "only a supervisor can lower a priority")
    with changing(session, case, "priority_changed", actor=actor, at=now, note=note):
        case.priority = priority
        tighten(session, region, case, now)
    return case


def change_category(
    session: Session, region: Region, reference: str, category: str, actor: str, note: str, now: datetime
) -> Case:
    """Say better what the case is about; it goes to the department of its municipality that handles this.

    Raises CaseNotFound, and MoveRefused for a category that is unknown.
    """
    case = case_for(session, region, reference, actor)
    if category not in region.categories:
        raise MoveRefused(
            "which_category", f"there is no category {category}; there are {', '.join(region.categories)}"
        )
    with changing(session, case, "category_changed", actor=actor, at=now, note=note):
        case.category = category
        case.department = route_department(region, case.municipality, category)
        case.confidential = case.confidential or is_confidential(region, case.case_class, category)
        tighten(session, region, case, now)
    return case


def add_note(session: Session, region: Region, reference: str, text: str, actor: str, now: datetime) -> Case:
    """Write a note for colleagues into the case's history; the citizen does not hear it."""
    case = case_for(session, region, reference, actor)
    with changing(session, case, "note_added", actor=actor, at=now, note=storable(text)):
        pass
    return case


def role_of(session: Session, actor: str) -> str | None:
    """The role of the user in 'agent:<user>', None when they are not in the list of users."""
    kind, _, user = actor.partition(":")
    return session.scalar(select(User.role).where(User.username == user)) if kind == "agent" else None


def _tell(
    session: Session, region: Region, case: Case, before: Stage, actor: str, now: datetime, note: str | None
) -> None:
    if case.case_class == "compliment" or (hand_of(actor) == "citizen" and case.stage != "reopened"):
        return
    if case.stage == "closed":
        if before not in ("resolved", "closed"):
            plan_notice(session, region, case, "closed", now, reason=note)
        return
    kind = _TOLD.get(case.stage)
    if kind == "started" and before == "waiting_for_citizen":
        return  # they have just answered
    if kind is not None:
        said = {"waiting": {"question": note}, "resolved": {"done": note}}.get(kind, {})
        plan_notice(session, region, case, kind, now, **said)
