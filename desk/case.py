"""One case: its page, its history and thread, its pictures, and a sheet to print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from crm_store.database import transaction
from crm_store.domain.case_deeds import AT_ONCE, HELD_BACK, Deed, Standing, deeds_for
from crm_store.domain.cases import PRIORITIES, hand_of
from crm_store.queries.case_lists import find_readable
from crm_store.queries.case_page import CaseView, find_file, view_case
from crm_store.queries.case_versions import changes_since
from crm_store.queries.colleagues import who_could_work_on
from crm_store.queries.notice_previews import Preview
from crm_store.queries.related_cases import related_cases
from crm_store.region import region
from crm_store.services.audit import note_view
from crm_store.services.case_deeds import preview_deed
from crm_store.services.disputes import OUTCOMES
from crm_store.services.notices import LONGEST_QUESTION
from crm_store.tables import Case
from desk import case_words
from desk.access import SignedIn
from desk.case_division import offered
from desk.cases import Who, reader_of
from desk.files import file_answer
from desk.forms import Form
from desk.pages import page

router = APIRouter(prefix="/desk/cases")


@dataclass(frozen=True)
class Attempt:
    """A deed that was not done yet: what was typed, what is wrong with it, what would be heard."""

    deed: Deed
    typed: Form
    faults: dict[str, str]
    told: list[Preview] | None = None
    #: others changed the case since this version of it
    changed_since: int | None = None


@router.get("/{reference}")
def show(request: Request, who: Who, reference: str, deed: str = "", to: str = "") -> Response:
    """The case. `deed`: opens that form, `to` filled in."""
    return case_page(request, who, reference, opens=deed, to=to)


@router.get("/{reference}/print")
def sheet(request: Request, who: Who, reference: str) -> Response:
    """The case on paper: no buttons, the history without mere looks."""
    with transaction() as session:
        case = case_or_404(session, who, reference)
        values = _values(session, who, case, datetime.now(UTC))
    return page(request, who, "cases/print.html", **values)


@router.get("/{reference}/_changes")
def changes(request: Request, who: Who, reference: str, since: Annotated[int, Query(ge=0)] = 0) -> Response:
    """What others changed since the page was loaded, for the open page; empty when nothing."""
    with transaction() as session:
        case = case_or_404(session, who, reference)
        found = changes_since(session, case.id, since)
    lines = case_words.lines_of(found, case)
    return page(request, who, "cases/_changes.html", case=case, lines=lines)


@router.get("/{reference}/files/{media_id}")
def file(who: Who, reference: str, media_id: UUID) -> Response:
    """A file of the case or of its thread."""
    with transaction() as session:
        case = case_or_404(session, who, reference)
        media = find_file(session, case, media_id)
        if media is None:
            raise HTTPException(404)
        answer = file_answer(media)
        note_view(session, who.actor, "case", case.id, datetime.now(UTC))
    return answer


def case_or_404(session: Session, who: SignedIn, reference: str) -> Case:
    """The case, if the user may see it; else 404, as if there were none."""
    case = find_readable(session, reader_of(who), reference)
    if case is None:
        raise HTTPException(404)
    return case


def case_page(
    request: Request,
    who: SignedIn,
    reference: str,
    *,
    attempt: Attempt | None = None,
    opens: str = "",
    to: str = "",
    status: int = 200,
) -> Response:
    """The page of a case; after an attempt with what was typed and what stands in its way."""
    now = datetime.now(UTC)
    with transaction() as session:
        case = case_or_404(session, who, reference)
        values = _values(session, who, case, now)
        deeds = deeds_of(who, values["view"])
        since = attempt.changed_since if attempt else None
        meanwhile = changes_since(session, case.id, since) if since is not None else []
        values |= {
            "changed": case_words.lines_of(meanwhile, case),
            "deeds": deeds,
            "staff": who_could_work_on(session, [case]) if "assign" in deeds else [],
            "related": related_cases(session, reader_of(who), case),
            "second": offered(values["view"]) if "divide" in deeds else {},
        }
    at_once = {deed: _would_hear(case, deed, who, now) for deed in deeds if deed in AT_ONCE}
    return page(
        request,
        who,
        "cases/case.html",
        status,
        at_once=at_once,
        attempt=attempt,
        opens=attempt.deed if attempt else opens,
        held_back=HELD_BACK,
        to=to,
        priorities=PRIORITIES,
        outcomes=OUTCOMES,
        longest_question=LONGEST_QUESTION,
        categories=region().categories,
        where=case_words.where_to_refer(region(), case),
        **values,
    )


def deeds_of(who: SignedIn, view: CaseView) -> list[Deed]:
    """What this user may do to the case now."""
    case = view.case
    standing = Standing(
        stage=case.stage,  # type: ignore[arg-type]
        case_class=case.case_class,
        offered=case.referral_state == "offered",
        mine=case.assignee == who.username,
        on_hold=view.hold is not None,
        anonymous=case.anonymous,
        merged=case.merged_into_id is not None,
    )
    return deeds_for(standing, who.role, hand_of(who.actor, who.role))


def _values(session: Session, who: SignedIn, case: Case, now: datetime) -> dict[str, Any]:
    """What the page and the sheet show; that it was looked at is written down."""
    note_view(session, who.actor, "case", case.id, now)
    session.flush()
    view = view_case(session, region(), case, now)
    return {
        "view": view,
        "case": case,
        "readable": _readable(session, who, view),
        "lines": case_words.lines_of(view.events, case),
        "words": case_words,
        "moment_of_page": now,
    }


def _readable(session: Session, who: SignedIn, view: CaseView) -> set[str]:
    """Which of the cases that were split off, or that this one was split off from, the user may open."""
    apart = [one.reference for one in (view.whole, *view.divided) if one is not None]
    return {one for one in apart if find_readable(session, reader_of(who), one) is not None}


def _would_hear(case: Case, deed: Deed, who: SignedIn, now: datetime) -> list[Preview]:
    """What one press would tell the person."""
    try:
        with transaction() as session:
            return preview_deed(session, region(), case.reference, deed, {}, who.actor, now)
    except (ValueError, PermissionError):
        return []
