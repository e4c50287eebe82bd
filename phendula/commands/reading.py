"""`phendula reading …`: meter readings for the billing system."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from crm_store.queries.readings import batches
from crm_store.services.reading_exports import acknowledge_batch
from phendula.commands import reading_export, reading_report, reading_review, reading_senders
from phendula.commands.refusal import LOCAL
from phendula.visit import one_deed

app = typer.Typer(help="Meter readings for the billing system.", no_args_is_help=True)
app.add_typer(reading_review.app, name="review")
app.command("export")(reading_export.export)
app.command("report")(reading_report.report)
app.command("flags")(reading_senders.flags)
app.command("trust")(reading_senders.trust)


@app.callback()
def reading() -> None:
    """Meter readings for the billing system."""


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
