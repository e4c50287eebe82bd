"""Handing cases on: between departments and municipalities, where they are accepted or declined, and outside.

Reference, clock and the citizen's thread stay the same wherever a case goes.
"""

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.cases import Stage, hand_of, may_move
from crm_store.domain.clocks import Calendar
from crm_store.domain.region import Region
from crm_store.domain.routing import follow_up_date
from crm_store.services.cases import MoveRefused, route_department
from crm_store.services.confidence import case_for
from crm_store.services.escalations import Transaction
from crm_store.services.history import changing, record_event
from crm_store.services.notices import plan_notice
from crm_store.services.staff_notices import Told, for_role, owner_of, supervising, tell_staff
from crm_store.services.stages import move, role_of
from crm_store.tables import Case, Event


def refer_case(
    session: Session,
    region: Region,
    reference: str,
    actor: str,
    *,
    municipality: str | None = None,
    department: str | None = None,
    referred_to: str | None = None,
    note: str | None = None,
    now: datetime | None = None,
) -> Case:
    """Offer the case to another municipality or department, or send it to a body outside.

    Raises CaseNotFound, MoveRefused, and ValueError for a municipality, department or body that is unknown
    or has the case already.
    """
    case = case_for(session, region, reference, actor)
    now = now or datetime.now(UTC)
    to = municipality or case.municipality
    department = _department(region, case, to, municipality is not None, department, referred_to)
    if (to, department, referred_to) == (case.municipality, case.department, case.referred_to):
        raise MoveRefused("there_already", f"{case.reference} is with {to}/{department} already")
    _insist_on_supervisor(session, region, case, actor)
    if case.stage != "referred" and not may_move(cast(Stage, case.stage), "referred"):
        raise MoveRefused("as_it_stands", f"{case.reference} is {case.stage}: it cannot be referred")
    came_from = _where(case)
    with changing(session, case, "referred", actor=actor, at=now, note=note):
        if case.stage != "referred":
            move(session, region, case, "referred", actor, now)
        case.referred_to, case.referred_by = referred_to, actor
        case.follow_up_on = follow_up_date(region, to, referred_to, now)
        case.referral_state = "offered" if referred_to is None else None
        if referred_to is None:
            case.referred_from, case.assignee = came_from, None
            case.referral_count += _been_there(session, case, to, department)
            case.municipality, case.department = to, department
    if referred_to is None:
        told = for_role(region, case, "referral", "supervisor", step=_hand_overs(session, case))
        tell_staff(session, region, [told], now)
        _notice_ping_pong(session, region, case, came_from, now)
        plan_notice(session, region, case, "referred", now)
    else:
        plan_notice(session, region, case, "referred_out", now, follow_up_on=case.follow_up_on)
    return case


def accept_referral(
    session: Session, region: Region, reference: str, actor: str, now: datetime, user: str | None = None
) -> Case:
    """Keep the case that was offered; `user` works on it. Raises CaseNotFound, MoveRefused."""
    case = case_for(session, region, reference, actor)
    _insist_on_offer(case)
    with changing(session, case, "referral_accepted", actor=actor, at=now):
        move(session, region, case, "assigned", actor, now)
        case.assignee = user
    plan_notice(session, region, case, "assigned", now)
    return case


def decline_referral(
    session: Session, region: Region, reference: str, reason: str, actor: str, now: datetime
) -> Case:
    """Give the offered case back to its sender, who is told why. Raises CaseNotFound, MoveRefused."""
    case = case_for(session, region, reference, actor)
    _insist_on_offer(case)
    if not reason.strip():
        raise MoveRefused("say_decline", "say why it is declined: the sender reads it")
    _insist_on_supervisor(session, region, case, actor)
    declined_by, back = _where(case), dict(case.referred_from or {})
    with changing(session, case, "referral_declined", actor=actor, at=now, note=reason):
        move(session, region, case, "assigned" if back["assignee"] else "new", actor, now)
        case.referral_state, case.referred_from = "declined", None
        case.referral_count += _been_there(session, case, back["municipality"], back["department"])
        case.municipality, case.department = back["municipality"], back["department"]
        case.assignee = back["assignee"]
    told = owner_of(region, case, "referral_declined", step=_hand_overs(session, case))
    tell_staff(session, region, [told], now)
    _notice_ping_pong(session, region, case, declined_by, now)
    plan_notice(session, region, case, "referred", now)
    return case


def sweep_follow_ups(open_transaction: Transaction, region: Region, now: datetime) -> int:
    """Remind the owners of cases that an outside body has and nobody asked after in time; returns how many.

    The next reminder comes after as many working days again.
    """
    reminded = 0
    today = now.astimezone(Calendar.of(region).timezone).date()
    while True:
        with open_transaction() as session:
            cases = session.scalars(
                select(Case)
                .where(Case.follow_up_on <= today)
                .order_by(Case.follow_up_on)
                .limit(200)
                .with_for_update(skip_locked=True)
            ).all()
            told: list[Told] = []
            for case in cases:
                due = case.follow_up_on
                with changing(session, case, "follow_up_due", actor="system", at=now):
                    case.follow_up_on = follow_up_date(region, case.municipality, case.referred_to, now)
                told.append(
                    owner_of(region, case, "follow_up", subject=str(due), data={"body": case.referred_to})
                )
            tell_staff(session, region, told, now)
        if not cases:
            return reminded
        reminded += len(cases)


def _department(
    region: Region, case: Case, to: str, moves: bool, department: str | None, referred_to: str | None
) -> str:
    if to not in region.municipalities:
        raise MoveRefused(
            "where_to", f"there is no municipality {to}; there are {', '.join(region.municipalities)}"
        )
    departments = region.municipalities[to].departments
    if department is None:
        stays = referred_to is not None and not moves
        department = case.department if stays else None
        department = department or route_department(region, to, case.category)
    if department not in departments:
        raise MoveRefused("where_to", f"{to} has no department {department}; it has {', '.join(departments)}")
    if referred_to is not None and referred_to not in region.externals:
        raise MoveRefused(
            "where_to", f"there is no outside body {referred_to}; there are {', '.join(region.externals)}"
        )
    return department


def _insist_on_offer(case: Case) -> None:
    if case.stage != "referred" or case.referral_state != "offered":
        raise MoveRefused("as_it_stands", f"{case.reference} is {case.stage}: it was not offered to anybody")


def _insist_on_supervisor(session: Session, region: Region, case: Case, actor: str) -> None:
    limit = region.referral.bounces_to_supervisor
    if case.referral_count >= limit and hand_of(actor, role_of(session, actor)) == "agent":
        raise MoveRefused(
            "came_back", f"{case.reference} came back {case.referral_count} times: a supervisor decides"
        )


def _where(case: Case) -> dict[str, Any]:
    return {"municipality": case.municipality, "department": case.department, "assignee": case.assignee}


def _been_there(session: Session, case: Case, municipality: str, department: str | None) -> int:
    """1 when the department had the case before, by its history; else 0."""
    at: dict[str, Any] = {}
    session.flush()
    for after in _history(session, case, "opened", "referred", "referral_declined", "category_changed"):
        at |= {name: after[name] for name in ("municipality", "department") if name in after}
        if (at.get("municipality"), at.get("department")) == (municipality, department):
            return 1
    return 0


def _hand_overs(session: Session, case: Case) -> int:
    """How often it was handed on: makes the notice of this time unlike the one before."""
    session.flush()
    return len(_history(session, case, "referred", "referral_declined"))


def _history(session: Session, case: Case, *kinds: str) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(Event.after)
        .where(Event.subject_type == "case", Event.subject_id == str(case.id), Event.kind.in_(kinds))
        .order_by(Event.id)
    )
    return [after or {} for after in rows]


def _notice_ping_pong(
    session: Session, region: Region, case: Case, other: dict[str, Any], now: datetime
) -> None:
    """From the third time on that a department gets a case back, the supervisors of both hear of it."""
    if case.referral_count < region.referral.bounces_to_supervisor:
        return
    record_event(
        session,
        "case",
        case.id,
        "ping_pong",
        actor="system",
        after={"times": case.referral_count, "other": f"{other['municipality']}/{other['department']}"},
        at=now,
    )
    both = [(case.municipality, case.department), (other["municipality"], other["department"])]
    told = [
        Told(
            kind="ping_pong",
            municipality=municipality,
            department=department,
            to_role=supervising(region, case, "supervisor"),
            case_id=case.id,
            step=case.referral_count,
            subject=f"{municipality}/{department}",
        )
        for municipality, department in both
    ]
    tell_staff(session, region, told, now)
