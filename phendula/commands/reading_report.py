"""`phendula reading report`: a month of readings in figures."""

import re
from pathlib import Path
from typing import Annotated

import typer

from crm_store.queries.reading_report import ReportLine, reading_report
from crm_store.region import region as own_region
from phendula.commands.case import insist
from phendula.commands.refusal import Refusal
from phendula.commands.table import write_csv
from phendula.visit import one_deed

_TITLES = {
    "day": "received by day",
    "channel": "received by channel",
    "area": "received by municipality",
    "reason": "why a reading was flagged",
    "estimated": "accounts without a reading that could have been read",
}
_COLUMNS = ("group", "name", "received", "at_once", "rejected", "share_at_once")


def report(
    period: Annotated[str, typer.Option("--period", metavar="YYYY-MM", help="The month.")],
    municipality: Annotated[str | None, typer.Option("--municipality", metavar="CODE")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="As CSV, to this file.")] = None,
) -> None:
    """A month of readings: received by day, channel and area, clear at once, doubts, accounts not read."""
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", period):
        raise Refusal(f"'{period}' is no month; write it like 2026-11.")
    with one_deed() as session:
        insist("municipality", municipality, own_region().municipalities)
        lines = reading_report(session, period, municipality)
    if out is not None:
        rows = [{name: getattr(line, name) for name in _COLUMNS} for line in lines]
        typer.echo(f"{write_csv(_COLUMNS, rows, out)} rows in {out}", err=True)
        return
    for group, title in _TITLES.items():
        typer.echo(f"{period}: {title}")
        of_group = [line for line in lines if line.group == group]
        for line in of_group:
            typer.echo(_line(line))
        if not of_group:
            typer.echo("  none")


def _line(line: ReportLine) -> str:
    share = f"  {line.share_at_once:6.1%} clear at once" if line.share_at_once is not None else ""
    rejected = f"  {line.rejected} rejected" if line.rejected else ""
    return f"  {line.name:<18} {line.received:>8,}{share}{rejected}"
