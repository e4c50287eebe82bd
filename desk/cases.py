"""The list of cases: views, filters that can be kept, search, many at once, and the file of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.orm import Session

from crm_store.csv_cells import cell
from crm_store.database import transaction
from crm_store.domain.cases import CLASSES, PRIORITIES, STAGES
from crm_store.queries.case_filter import CaseFilter, Reader
from crm_store.queries.case_lists import MOST_COUNTED, case_page, count_cases, find_readable
from crm_store.queries.cases import EXPORT_COLUMNS, export_cases
from crm_store.queries.colleagues import who_could_work_on
from crm_store.queries.notice_previews import Preview
from crm_store.queries.saved_filters import saved_filters
from crm_store.region import region
from crm_store.services import bulk
from crm_store.services.case_deeds import preview_deed
from crm_store.services.cases import MoveRefused
from crm_store.services.history import record_event
from crm_store.services.saved_filters import TooManyFilters, drop_filter, save_filter
from crm_store.tables import Case
from crm_store.tables.cases import CHANNELS
from desk import case_words
from desk.access import NotAllowed, SignedIn, allowed
from desk.case_filters import VIEWS, Asked, filter_of, in_view, read_asked
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.refusals import refused
from desk.words import _, ngettext

router = APIRouter(prefix="/desk/cases")
Who = Annotated[SignedIn, Depends(allowed("cases"))]
Posted = Annotated[Form, Depends(posted)]


def reader_of(who: SignedIn) -> Reader:
    """Who looks, as queries of cases want it."""
    return Reader(region(), who.scope, who.username, who.role)


@router.get("")
def show(request: Request, who: Who) -> Response:
    """A page of the list."""
    here, reader, now = region(), reader_of(who), datetime.now(UTC)
    asked = read_asked(request.query_params, here)
    which = filter_of(asked, here, who.username, now)
    with transaction() as session:
        if asked.values["q"] and not asked.after:
            only = _the_only_one(session, reader, asked)
            if only is not None:
                return redirect(f"/desk/cases/{only.reference}")
        found = case_page(session, which, reader, asked.order, asked.after)
        values: dict[str, Any] = {
            "asked": asked,
            "cases": found.cases,
            "next": found.next,
            "total": count_cases(session, which, reader),
            "counts": _counts(session, reader, who, now),
            "most": MOST_COUNTED,
            "views": VIEWS,
            "reader": reader,
            "workers": who_could_work_on(session, []) if who.may("assign") else [],
            "kept": [(one, read_asked(one.asked, here)) for one in saved_filters(session, who.user_id)],
            "staff": who_could_work_on(session, found.cases) if who.may("assign") and found.cases else [],
            "choices": _choices(who),
            "words": case_words,
        }
    return page(request, who, "cases/list.html", **values)


@router.get("/export.csv")
def export(request: Request, who: Who) -> Response:
    """The list as a file, one row a case; who made it is written down. Confidential ones are never in it."""
    here, now = region(), datetime.now(UTC)
    asked = read_asked(request.query_params, here)
    which = filter_of(asked, here, who.username, now)
    with transaction() as session:
        record_event(
            session, "user", who.user_id, "cases_exported", actor=who.actor, after=asked.saved(), at=now
        )

    def rows() -> Iterator[str]:
        text = io.StringIO()
        writer = csv.DictWriter(text, EXPORT_COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        with transaction() as session:
            for row in export_cases(session, which, reader_of(who)):
                writer.writerow({name: cell(value) for name, value in row.items()})
                if text.tell() > 60_000:
                    yield text.getvalue()
                    text.seek(0)
                    text.truncate()
        yield text.getvalue()

    name = f"cases-{now:%Y-%m-%d}.csv"
    return StreamingResponse(
        rows(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


@router.post("/filters")
def keep_filter(who: Who, form: Posted) -> Response:
    """Keep the filter that is shown under a name."""
    asked = read_asked(form, region())
    if not form["name"]:
        return redirect(asked.address(), who, flash=_("Give the filter a name."), bad=True)
    try:
        with transaction() as session:
            save_filter(session, who.user_id, form["name"], asked.saved())
    except TooManyFilters:
        return redirect(asked.address(), who, flash=_("You keep 20 filters: remove one first."), bad=True)
    return redirect(asked.address(), who, flash=_("The filter is kept."))


@router.post("/filters/{filter_id}/remove")
def remove_filter(who: Who, filter_id: UUID, form: Posted) -> Response:
    """Forget one of one's own filters."""
    del form
    with transaction() as session:
        gone = drop_filter(session, who.user_id, filter_id)
    return redirect(
        "/desk/cases", who, flash=_("The filter %(name)s is gone.", name=gone.name) if gone else ""
    )


@router.post("/many")
def many(request: Request, who: Who, form: Posted) -> Response:
    """Give many cases to somebody, or close them; closing shows first what the people will hear."""
    if not who.may("assign"):
        raise NotAllowed
    back, now, reader = read_asked(form, region()), datetime.now(UTC), reader_of(who)
    address = back.address()
    with transaction() as session:
        readable = (find_readable(session, reader, one) for one in form.many("case")[: bulk.MOST])
        cases = [case for case in readable if case is not None]
        staff = {user.username for user in who_could_work_on(session, cases)}
    references = [case.reference for case in cases]
    if not references:
        return redirect(address, who, flash=_("Choose cases first."), bad=True)
    if form["deed"] == "assign":
        if form["to"] not in staff:
            return redirect(address, who, flash=_("Choose who gets the cases."), bad=True)
        with transaction() as session:
            done = bulk.assign_many(session, region(), references, form["to"], who.actor, now)
        return _told(address, who, done, _given(len(done.references)))
    if form["deed"] != "close":
        return redirect(address, who, flash=_("Choose what to do with them."), bad=True)
    if not form["text"]:
        return redirect(address, who, flash=_("Say why they are closed: the people hear it."), bad=True)
    if form["previewed"] != "yes":
        told = _would_hear(references, form["text"], who, now)
        return page(
            request, who, "cases/many.html", asked=back, references=references, text=form["text"], told=told,
            words=case_words,
        )  # fmt: skip
    with transaction() as session:
        done = bulk.close_many(session, region(), references, form["text"], who.actor, now)
    return _told(address, who, done, _closed(len(done.references)))


@router.post("/undo/{events}")
def undo(who: Who, events: str, form: Posted) -> Response:
    """Take back what was done to one case or to many ('12-13-14')."""
    del form
    numbers = [int(one) for one in events.split("-")[: bulk.MOST] if one.isascii() and one.isdecimal()]
    with transaction() as session:
        done = bulk.undo_many(session, region(), numbers, who.actor, datetime.now(UTC))
    back = f"/desk/cases/{done.references[0]}" if len(numbers) == 1 and done.references else "/desk/cases"
    if done.refused:
        said = refused(next(iter(done.refused.values())))
        return redirect(back, who, flash=said, bad=True)
    return redirect(back, who, flash=_("Taken back, as if it had not been."))


def _the_only_one(session: Session, reader: Reader, asked: Asked) -> Case | None:
    """The case that a whole reference names: nobody wants a list of one."""
    search = filter_of(asked, region(), reader.username, datetime.now(UTC)).search
    if search is None or len(search.references) != 1 or search.numbers:
        return None
    return find_readable(session, reader, search.references[0])


def _counts(session: Session, reader: Reader, who: SignedIn, now: datetime) -> dict[str, int]:
    """How many the views hold, whatever the filters say."""
    return {
        view: count_cases(session, in_view(CaseFilter(), view, who.username, now), reader)
        for view in ("open", "mine", "unassigned", "today", "overdue", "hold")
    }


def _choices(who: SignedIn) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer, within the user's area of work."""
    here = region()
    of = [who.municipality] if who.municipality else list(here.municipalities)
    departments = {
        code: case_words.department_name(municipality, code)
        for municipality in of
        for code in here.municipalities[municipality].departments
        if who.department in (None, code)
    }
    return {
        "municipality": [(code, case_words.municipality_name(code)) for code in of],
        "department": sorted(departments.items(), key=lambda pair: pair[1]),
        "category": [(code, case_words.category_name(code)) for code in here.categories],
        "class": [(code, case_words.class_name(code)) for code in CLASSES],
        "stage": [(code, case_words.stage_name(code)) for code in STAGES],
        "priority": [(code, case_words.priority_name(code)) for code in PRIORITIES],
        "channel": [(code, case_words.channel_name(code)) for code in CHANNELS],
        "area": [(place.name, "") for place in here.places if who.municipality in (None, place.municipality)],
    }


def _would_hear(references: list[str], text: str, who: SignedIn, now: datetime) -> list[Preview]:
    """What the people of the first cases would hear; those that cannot be closed say nothing."""
    told: list[Preview] = []
    with transaction() as session:
        for reference in references[:20]:
            try:
                told += preview_deed(session, region(), reference, "close", {"text": text}, who.actor, now)
            except (MoveRefused, PermissionError, LookupError):
                continue
    return told


def _given(count: int) -> str:
    return ngettext("%(num)s case is given on.", "%(num)s cases are given on.", count)


def _closed(count: int) -> str:
    return ngettext("%(num)s case is closed.", "%(num)s cases are closed.", count)


def _told(address: str, who: SignedIn, done: bulk.Done, said: str) -> Response:
    left = ""
    if done.refused:
        left = " " + ngettext("%(num)s was left:", "%(num)s were left:", len(done.refused))
        first = [f"{reference}: {refused(why)}" for reference, why in list(done.refused.items())[:3]]
        left += f" {' '.join(first)}"
    undo = f"/desk/cases/undo/{'-'.join(map(str, done.events))}" if done.events else ""
    return redirect(address, who, flash=said + left, undo=undo, bad=not done.references)
