"""`phendula report`: the promises kept and broken of a week, month or quarter."""

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from crm_store.region import region as own_region
from crm_store.reports.calculation import make_report
from crm_store.reports.page import page
from crm_store.reports.periods import Period
from crm_store.reports.sheet import COLUMNS, sheet
from crm_store.reports.text import lines
from phendula.commands.case import insist
from phendula.commands.refusal import Refusal
from phendula.commands.table import write_csv
from phendula.visit import one_deed


class Length(StrEnum):
    week = "week"
    month = "month"
    quarter = "quarter"


class Language(StrEnum):
    en = "en"
    zu = "zu"


def report(
    length: Annotated[Length, typer.Option("--period", help="Its length.")] = Length.month,
    start: Annotated[
        str | None,
        typer.Option("--start", metavar="DATE", help="The one with this day; else the last whole one."),
    ] = None,
    municipality: Annotated[
        str | None, typer.Option("--municipality", metavar="CODE", help="Only this one's cases, such as KDM.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Write it there too, as HTML and CSV.")
    ] = None,
    language: Annotated[Language, typer.Option("--language", help="Of the headings.")] = Language.en,
) -> None:
    """Report what was received, kept, broken, escalated, referred, reopened and rated.

    By class, category, municipality, department, ward and place, beside the period before. docs/measures.md
    defines every number.
    """
    now = datetime.now(UTC)
    with one_deed() as session:
        region = own_region()
        insist("municipality", municipality, region.municipalities)
        zone = ZoneInfo(region.timezone)
        if start is None:
            period = Period.last_whole(length.value, now, zone)
        else:
            period = Period.containing(length.value, _day(start), zone)
        if period.begins_at > now:
            raise Refusal(f"{period.first} is to come: there is nothing to report yet.")
        made = make_report(session, region, period, now, municipality)
    for line in lines(made, language.value):
        typer.echo(line)
    if out is not None:
        stem = f"report-{municipality or region.code}-{period.name}"
        try:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{stem}.html").write_text(page(made, language.value), encoding="utf-8")
        except OSError as error:
            raise Refusal(f"{out} cannot be written: {error.strerror}.") from None
        write_csv(COLUMNS, sheet(made, language.value), out / f"{stem}.csv")
        typer.echo(f"\nWritten: {out / stem}.html and .csv")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"'{text}' is no date; write it like 2026-11-24.") from None
