"""Figures without any person: a ward's week for its councillor, and the report of a period."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from crm_store.csv_cells import cell
from crm_store.database import transaction
from crm_store.queries.warnings import area_figures, wards_of
from crm_store.region import region
from crm_store.reports.calculation import GROUPS, Report, make_report
from crm_store.reports.page import page as report_page
from crm_store.reports.periods import KINDS, Period
from crm_store.reports.sheet import COLUMNS, sheet
from crm_store.reports.text import IN_GROUPS
from crm_store.reports.words import group_name, measure_name, shown, title, unit_name
from crm_store.texts import label
from desk.access import SignedIn, allowed
from desk.pages import page
from desk.words import N_, language

router = APIRouter(prefix="/desk/figures")
Reader = Annotated[SignedIn, Depends(allowed("figures"))]

PERIODS = {"week": N_("week"), "month": N_("month"), "quarter": N_("quarter")}
Of = Annotated[str, Query(max_length=60)]
Kind = Annotated[str, Query(alias="period", max_length=10)]
Start = Annotated[str, Query(max_length=10)]


@router.get("")
def areas(request: Request, who: Reader, of: Of = "") -> HTMLResponse:
    """The last seven days of an area beside its usual week; a councillor's are their own wards."""
    here = region()
    known = _areas(who)
    chosen = of or (known[0] if known else "")
    found = None
    if chosen:
        if chosen not in known:
            raise HTTPException(404)
        with transaction() as session:
            found = area_figures(session, here, chosen, datetime.now(UTC))
    return page(
        request,
        who,
        "figures/areas.html",
        areas=known,
        chosen=chosen,
        found=found,
        categories={key: one.name.in_language(language()) for key, one in here.categories.items()},
        report=_may_report(who),
    )


@router.get("/report")
def report(
    request: Request, who: Reader, kind: Kind = "month", start: Start = "", of: Of = ""
) -> HTMLResponse:
    """The period report: promises kept and broken, beside the period before."""
    made = _made(who, kind, start, of)
    tongue = language()
    here = made.region
    groups = [
        (
            label("report", f"by_{group}", tongue),
            group,
            [(group_name(row, here, tongue), row) for row in rows],
        )
        for group in GROUPS[1:]
        if (rows := made.of(group))
    ]
    return page(
        request,
        who,
        "figures/report.html",
        report=made,
        heading=title(made, tongue),
        all=made.of("all")[0],
        groups=groups,
        in_groups=[one for one in made.measures if one.name in IN_GROUPS],
        shown=shown,
        measure_name=lambda one: measure_name(made, one, tongue),
        unit_name=lambda one: unit_name(one, tongue),
        periods=PERIODS,
        kind=made.period.kind,
        of=made.municipality or "",
        before=made.period.before().first.isoformat(),
        after=made.period.end.isoformat() if made.whole else "",
        municipalities={code: one.name.in_language(tongue) for code, one in here.municipalities.items()},
    )


@router.get("/report/file")
def report_file(
    who: Reader,
    form: Annotated[str, Query(max_length=4)] = "csv",
    kind: Kind = "month",
    start: Start = "",
    of: Of = "",
) -> Response:
    """The same as a file: CSV for a spreadsheet, or one HTML page to send on."""
    made = _made(who, kind, start, of)
    name = f"report-{made.municipality or made.region.code}-{made.period.name}"
    if form == "html":
        content, media = report_page(made, language()), "text/html; charset=utf-8"
    else:
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        for row in sheet(made, language()):
            writer.writerow({column: cell(value) for column, value in row.items()})
        content, media, form = text.getvalue(), "text/csv; charset=utf-8", "csv"
    return Response(
        content,
        media_type=media,
        headers={"Content-Disposition": f'attachment; filename="{name}.{form}"'},
    )


def _made(who: SignedIn, kind: str, start: str, of: str) -> Report:
    """The report asked for; 404 for whoever has only wards, and for another municipality than the user's."""
    if not _may_report(who):
        raise HTTPException(404)
    here, now = region(), datetime.now(UTC)
    municipality = who.municipality or of or None
    if municipality is not None and (municipality not in here.municipalities or of not in ("", municipality)):
        raise HTTPException(404)
    chosen: Any = kind if kind in KINDS else "month"
    zone = ZoneInfo(here.timezone)
    try:
        period = Period.containing(chosen, date.fromisoformat(start), zone) if start else None
    except ValueError:
        period = None
    if period is None or period.begins_at > now:
        period = Period.last_whole(chosen, now, zone)
    with transaction() as session:
        return make_report(session, here, period, now, municipality)


def _may_report(who: SignedIn) -> bool:
    """The report tells of a whole municipality: not for whoever has a department or wards only."""
    return not who.wards and not who.department and who.role != "councillor"


def _areas(who: SignedIn) -> list[str]:
    """The wards (and without a limit to wards the municipalities) whose figures the user may see."""
    here = region()
    if who.wards or who.role == "councillor":
        return [ward for ward in wards_of(here) if ward in who.wards]
    codes = [code for code in here.municipalities if who.municipality in (None, code)]
    places = {place.municipality for place in here.places}
    return [
        *(code for code in codes if code in places),
        *(ward for ward in wards_of(here) if ward.partition("/")[0] in codes),
    ]
