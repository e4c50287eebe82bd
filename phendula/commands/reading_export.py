"""`phendula reading export`: readings handed over to the billing system, as a file with its manifest."""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from crm_store.domain.billing_export import write
from crm_store.domain.region import BillingExport
from crm_store.region import region as own_region
from crm_store.services.reading_exports import Wanted, all_rows, batch_of, batch_rows, make_batch
from phendula.commands.case import insist
from phendula.commands.refusal import LOCAL, Refusal
from phendula.visit import one_deed, visiting_database

#: How often it is told how many readings are written.
TOLD_EVERY = 100_000


class State(StrEnum):
    accepted = "accepted"
    flagged = "flagged"


class Format(StrEnum):
    csv = "csv"
    jsonl = "jsonl"


def export(
    municipality: Annotated[
        str | None, typer.Option("--municipality", metavar="CODE", help="Only this one's, such as KDM.")
    ] = None,
    period: Annotated[
        str | None, typer.Option("--period", metavar="YYYY-MM", help="Only those taken in this month.")
    ] = None,
    state: Annotated[
        State | None, typer.Option("--state", help="Only these; else those for review too.")
    ] = None,
    settled: Annotated[
        bool, typer.Option("--settled", help="Only of days that are over: nobody corrects them any more.")
    ] = False,
    form: Annotated[
        Format | None, typer.Option("--format", help="Instead of the municipality's own form.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE|FOLDER", help="With a manifest beside it; else standard output."),
    ] = None,
    number: Annotated[
        int | None, typer.Option("--batch", metavar="NUMBER", help="Write this batch again, the same.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--all", help="All of them, handed over or not, as they are now; none is marked.")
    ] = False,
) -> None:
    """Hand over the readings that were not handed over before.

    They become a batch with a number; a file that was lost is written again with --batch NUMBER.
    """
    if period is not None and not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", period):
        raise Refusal(f"'{period}' is no month; write it like 2026-11.")
    if out is not None and not (out.is_dir() or out.parent.is_dir()):
        raise Refusal(f"{out.parent} is no folder; make it first.")
    now = datetime.now(UTC)
    yesterday = (now.astimezone(LOCAL) - timedelta(days=1)).date()
    wanted = Wanted(
        municipality=municipality,
        period=period,
        state=state.value if state else None,
        days_until=yesterday if settled else None,
    )
    with visiting_database():
        region = own_region()
        insist("municipality", municipality, region.municipalities)
        if number is None and not again:
            with one_deed() as session:  # committed before anything is written: see make_batch
                batch = make_batch(session, wanted, now, found=_tell_found)
                number = batch.number if batch else None
        with one_deed() as session:
            rows: Iterable[dict[str, Any]] = ()
            if again:
                rows = all_rows(session, wanted)
            elif number is not None:
                municipality = batch_of(session, number).municipality
                rows = batch_rows(session, number)
            layout = region.export_layout(municipality)
            if form is not None:
                layout = layout.model_copy(update={"format": form.value})
            _hand_over(rows, layout, out, number, municipality)


def _hand_over(
    rows: Iterable[dict[str, Any]],
    layout: BillingExport,
    out: Path | None,
    number: int | None,
    municipality: str | None,
) -> None:
    """Write them one by one, as they come from the database."""
    named = f"batch {number}: " if number is not None else ""
    if out is None:
        typer.echo(f"{named}{write(rows, layout, sys.stdout).count} readings", err=True)
        return
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        typer.echo("There is nothing to hand over.", err=True)
        return
    if out.is_dir():
        name = "-".join(part for part in ("readings", municipality, f"{number or 0:06d}") if part)
        out = out / f"{name}.{layout.format}"
    try:
        # A reader that watches the folder sees whole files only, and the manifest last.
        with _whole(out) as file:
            written = write(_told(chain([first], rows)), layout, file)
        manifest = {
            "file": out.name,
            "batch": number,
            "municipality": municipality,
            "count": written.count,
            "sum": written.sum,
            "sha256": written.sha256,
            "format": layout.format,
        }
        with _whole(out.with_name(f"{out.name}.manifest.json")) as file:
            file.write(json.dumps(manifest, indent=2) + "\n")
    except OSError as error:
        raise Refusal(
            f"{out} cannot be written: {error.strerror}."
            + (f" The readings are in batch {number}: write it with --batch {number}." if number else "")
        ) from None
    typer.echo(f"{named}{written.count} readings in {out}", err=True)


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """A file that has its name when it is whole, and is not there when writing it fails."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _tell_found(count: int) -> None:
    if count >= TOLD_EVERY:
        typer.echo(f"{count:,} readings are being handed over; nothing is written yet", err=True)


def _told(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for count, row in enumerate(rows, 1):
        if count % TOLD_EVERY == 0:
            typer.echo(f"{count:,} readings written", err=True)
        yield row
