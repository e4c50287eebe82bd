"""`phendula reading …`: meter readings for the billing system."""

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from crm_store.domain.billing_export import written
from crm_store.domain.region import BillingExport
from crm_store.queries.readings import batches
from crm_store.region import region as own_region
from crm_store.services.reading_exports import (
    Wanted,
    acknowledge_batch,
    all_rows,
    batch_of,
    batch_rows,
    make_batch,
)
from phendula.commands import reading_report, reading_review, reading_senders
from phendula.commands.case import insist
from phendula.commands.refusal import LOCAL, Refusal
from phendula.visit import one_deed, visiting_database

app = typer.Typer(help="Meter readings for the billing system.", no_args_is_help=True)
app.add_typer(reading_review.app, name="review")
app.command("report")(reading_report.report)
app.command("flags")(reading_senders.flags)
app.command("trust")(reading_senders.trust)


class State(StrEnum):
    accepted = "accepted"
    flagged = "flagged"


class Format(StrEnum):
    csv = "csv"
    jsonl = "jsonl"


@app.callback()
def reading() -> None:
    """Meter readings for the billing system."""


@app.command("export")
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
        if again:
            with one_deed() as session:
                rows = all_rows(session, wanted)
        else:
            if number is None:
                with one_deed() as session:  # committed before anything is written: see make_batch
                    batch = make_batch(session, wanted, now)
                    number = batch.number if batch else None
            with one_deed() as session:
                rows = []
                if number is not None:
                    municipality = batch_of(session, number).municipality
                    rows = batch_rows(session, number)
    layout = region.export_layout(municipality)
    if form is not None:
        layout = layout.model_copy(update={"format": form.value})
    if out is not None and not rows and number is None:
        typer.echo("There is nothing to hand over.", err=True)
        return
    _hand_over(rows, layout, out, number, municipality)


def _hand_over(
    rows: list[dict[str, Any]],
    layout: BillingExport,
    out: Path | None,
    number: int | None,
    municipality: str | None,
) -> None:
    file = written(rows, layout)
    named = f"batch {number}: " if number is not None else ""
    if out is None:
        sys.stdout.write(file.text)
        typer.echo(f"{named}{file.count} readings", err=True)
        return
    if out.is_dir():
        name = "-".join(part for part in ("readings", municipality, f"{number or 0:06d}") if part)
        out = out / f"{name}.{layout.format}"
    manifest = {
        "file": out.name,
        "batch": number,
        "municipality": municipality,
        "count": file.count,
        "sum": file.sum,
        "sha256": file.sha256,
        "format": layout.format,
    }
    try:
        for path, text in (
            (out, file.text),
            (out.with_name(f"{out.name}.manifest.json"), json.dumps(manifest, indent=2) + "\n"),
        ):
            # A reader that watches the folder sees whole files only, and the manifest last.
            partial = path.with_name(f".{path.name}.partial")
            partial.write_text(text, encoding="utf-8", newline="")
            partial.replace(path)
    except OSError as error:
        raise Refusal(
            f"{out} cannot be written: {error.strerror}."
            + (f" The readings are in batch {number}: write it with --batch {number}." if number else "")
        ) from None
    typer.echo(f"{named}{file.count} readings in {out}", err=True)


@app.command("batches")
def list_batches(
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those not acknowledged.")] = False,
) -> None:
    """List the batches handed over, newest first."""
    with one_deed() as session:
        found = batches(session, waiting_only=waiting)
    for batch in found:
        made = batch.created_at.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")
        state = f"acknowledged by {batch.acknowledged_by}" if batch.acknowledged_at else "not acknowledged"
        of = batch.municipality or "all"
        typer.echo(f"{batch.number:>6}  {made}  {of:<5} {batch.count:>7} readings  sum {batch.sum}  {state}")
    if not found:
        typer.echo("No batches.")


@app.command("acknowledge")
def acknowledge(
    number: Annotated[int, typer.Argument(metavar="BATCH")],
    count: Annotated[int, typer.Option("--count", help="How many readings billing took over.")],
    sum_of_readings: Annotated[int, typer.Option("--sum", help="The sum of their values.")],
    user: Annotated[str, typer.Option("--as", metavar="USER", help="Who says so.")] = "console",
) -> None:
    """Record that billing has a batch; count and sum must be those of its manifest."""
    with one_deed() as session:
        acknowledge_batch(
            session,
            number,
            count=count,
            sum_of_readings=sum_of_readings,
            now=datetime.now(UTC),
            actor=f"agent:{user}",
        )
    typer.echo(f"Batch {number} is acknowledged.")
