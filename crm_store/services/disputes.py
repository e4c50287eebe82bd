"""Deciding disputes: an outcome with reasons, the hold lifted, the appeal named (Systems Act s62)."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Literal, cast, get_args

from sqlalchemy.orm import Session

from crm_store.domain.cases import Stage, is_open
from crm_store.domain.region import Region
from crm_store.services.cases import MoveRefused
from crm_store.services.confidence import case_for
from crm_store.services.history import changing
from crm_store.services.holds import lift_hold
from crm_store.services.inbox import storable
from crm_store.services.notices import plan_notice
from crm_store.services.stages import move
from crm_store.tables import Case

Outcome = Literal["upheld", "partly", "rejected"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def decide_dispute(
    session: Session,
    region: Region,
    reference: str,
    outcome: str,
    reason: str,
    actor: str,
    now: datetime,
    amount: Decimal | str | None = None,
) -> Case:
    """Decide the dispute: it is resolved with the reasons, its hold is lifted, the citizen hears both.

    `amount` is what is taken off the bill: all of it when upheld, unless said otherwise; partly needs it;
    rejected has none. Raises CaseNotFound, MoveRefused.
    """
    case = case_for(session, region, reference, actor)
    if case.case_class != "dispute":
        raise MoveRefused(
            "as_it_stands", f"{case.reference} is a {case.case_class}: only a dispute is decided"
        )
    if not is_open(cast(Stage, case.stage)):
        raise MoveRefused(
            "reopen_first",
            f"{case.reference} is {case.stage}: reopen it before it is decided again",
            reference=case.reference,
        )
    if outcome not in OUTCOMES:
        raise MoveRefused("which_outcome", f"there is no outcome {outcome}; there are {', '.join(OUTCOMES)}")
    if not reason.strip():
        raise MoveRefused("say_reasons", "give the reasons: the citizen has a right to them")
    taken_off = _taken_off(case, outcome, amount)
    with changing(session, case, "decided", actor=actor, at=now, note=reason):
        move(session, region, case, "resolved", actor, now)
        case.outcome, case.outcome_reason, case.outcome_amount = outcome, storable(reason), taken_off
        case.resolution = storable(reason)
    lift_hold(session, case, outcome, actor, now)
    plan_notice(session, region, case, "decided", now, outcome=outcome, reason=reason, amount=taken_off)
    return case


def _taken_off(case: Case, outcome: Outcome, amount: Decimal | str | None) -> Decimal | None:
    try:
        given = Decimal(amount) if amount is not None else None
    except InvalidOperation:
        raise MoveRefused("amount_form", f"'{amount}' is no amount; write it like 1240.55") from None
    if given is not None and (not given.is_finite() or given <= 0):
        raise MoveRefused("amount_form", "the amount must be more than zero")
    disputed = case.disputed_amount
    if outcome == "rejected":
        if given is not None:
            raise MoveRefused(
                "rejected_off", "a rejected dispute takes nothing off the bill: leave the amount out"
            )
        return None
    if outcome == "upheld":
        return given or disputed
    if given is None:
        raise MoveRefused("which_amount", "say which amount is taken off when a dispute is upheld in part")
    if disputed is not None and given >= disputed:
        raise MoveRefused("less_in_part", f"R{disputed} is disputed: less than that is taken off in part")
    return given
