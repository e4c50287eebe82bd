"""One deed done to a case from a form: checked against what others did meanwhile, previewed, or done."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from crm_store.domain.case_deeds import BESIDE, HELD_BACK, Deed
from crm_store.domain.region import Region
from crm_store.queries.case_versions import changes_since
from crm_store.queries.notice_previews import Preview, previews
from crm_store.services.cases import case_with
from crm_store.services.delays import explain_delay
from crm_store.services.disputes import decide_dispute
from crm_store.services.divisions import SecondMatter, divide_case
from crm_store.services.merges import merge_cases
from crm_store.services.referrals import accept_referral, decline_referral, refer_case
from crm_store.services.splits import split_case
from crm_store.services.stages import (
    add_note,
    ask_citizen,
    assign_case,
    change_category,
    change_priority,
    resolve_case,
    set_stage,
)
from crm_store.services.undo import deed_to_undo, hold_back
from crm_store.tables import Case


class ChangedMeanwhile(Exception):
    """Somebody changed the case since the form was opened (crm_store.queries.case_versions: what)."""


@dataclass(frozen=True)
class DeedDone:
    """What became of a deed: what the citizen will hear of it, and the event that undoes it, if one does.

    `second`: the reference of the case that was split off, else empty.
    """

    reference: str
    told: list[Preview]
    undo: int | None
    second: str = ""


def do_deed(
    session: Session,
    region: Region,
    reference: str,
    deed: Deed,
    fields: Mapping[str, str],
    actor: str,
    now: datetime,
    seen: int | None = None,
) -> DeedDone:
    """Do it. `fields` by deed: text (what is said), to, priority, category, outcome, amount, until; of the
    deed 'divide' those of SecondMatter.read.

    Raises CaseNotFound, MoveRefused, NotForThem, QuestionTooLong, ValueError (a place to refer to that is
    none), and ChangedMeanwhile when the case is no longer as in version `seen`.
    """
    case = case_with(session, reference)
    if seen is not None and deed not in BESIDE and changes_since(session, case.id, seen):
        raise ChangedMeanwhile(case.reference)
    second = _do(session, region, reference, deed, fields, actor, now)
    session.flush()
    if deed in HELD_BACK:
        hold_back(session, case, now)
    # A question is asked at once: there is nothing to take back.
    undo = None if deed == "wait" else deed_to_undo(session, case.id, now)
    told = previews(session, region, case, now)
    return DeedDone(case.reference, told, undo, second.reference if second else "")


def preview_deed(
    session: Session,
    region: Region,
    reference: str,
    deed: Deed,
    fields: Mapping[str, str],
    actor: str,
    now: datetime,
) -> list[Preview]:
    """What the citizen would hear; nothing is kept of the deed. Raises as `do_deed` does."""
    attempt = session.begin_nested()
    try:
        done = do_deed(session, region, reference, deed, fields, actor, now)
        return [_not_given_yet(one, done.second) for one in done.told] if done.second else done.told
    finally:
        attempt.rollback()
        session.expire_all()


def _do(
    session: Session,
    region: Region,
    reference: str,
    deed: Deed,
    fields: Mapping[str, str],
    actor: str,
    now: datetime,
) -> Case | None:
    """What `do_deed` does; of a division the second case."""
    text, to, me = fields.get("text", ""), fields.get("to", ""), actor.removeprefix("agent:")
    match deed:
        case "claim":
            assign_case(session, region, reference, me, actor, now)
        case "assign":
            assign_case(session, region, reference, to, actor, now)
        case "accept":
            accept_referral(session, region, reference, actor, now, me)
        case "decline":
            decline_referral(session, region, reference, text, actor, now)
        case "start":
            set_stage(session, region, reference, "in_progress", actor, now=now)
        case "wait":
            ask_citizen(session, region, reference, text, actor, now)
        case "resolve":
            resolve_case(session, region, reference, text, actor, now)
        case "decide":
            outcome, amount = fields.get("outcome", ""), fields.get("amount") or None
            decide_dispute(session, region, reference, outcome, text, actor, now, amount)
        case "close":
            set_stage(session, region, reference, "closed", actor, text, now=now)
        case "reopen":
            set_stage(session, region, reference, "reopened", actor, text, now=now)
        case "delay":
            until = datetime.fromisoformat(fields["until"]) if fields.get("until") else None
            explain_delay(session, region, reference, text, actor, now, until)
        case "note":
            add_note(session, region, reference, text, actor, now)
        case "priority":
            change_priority(session, region, reference, fields.get("priority", ""), actor, text, now)
        case "category":
            change_category(session, region, reference, fields.get("category", ""), actor, text, now)
        case "refer":
            _refer(session, region, reference, to, text, actor, now)
        case "merge":
            merge_cases(session, region, reference, to, text, actor, now)
        case "split":
            split_case(session, region, reference, text, actor, now)
        case "divide":
            return divide_case(session, region, reference, SecondMatter.read(fields), actor, now)
    return None


def _not_given_yet(told: Preview, reference: str) -> Preview:
    """The words with a blank for the reference: which one it is stands when the deed is done."""
    blank = "".join("*" if letter.isdigit() else letter for letter in reference)
    return replace(told, reference=blank, text=told.text.replace(reference, blank))


def _refer(
    session: Session, region: Region, reference: str, to: str, why: str, actor: str, now: datetime
) -> None:
    """To 'KDM/roads', or to a body outside, such as 'eskom'."""
    municipality, _, department = to.partition("/")
    if to in region.externals:
        refer_case(session, region, reference, actor, referred_to=to, note=why, now=now)
        return
    refer_case(
        session,
        region,
        reference,
        actor,
        municipality=municipality,
        department=department or None,
        note=why,
        now=now,
    )
