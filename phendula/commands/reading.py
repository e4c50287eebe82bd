"""`phendula reading …`: meter readings for the billing system."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from crm_store.services.reading_exports import EXPORT_COLUMNS, export_readings
from phendula.commands.table import write_csv
from phendula.visit import one_deed

app = typer.Typer(help="Meter readings for the billing system.", no_args_is_help=True)


@app.callback()
def reading() -> None:
    """Meter readings for the billing system."""


@app.command("export")
def export(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Instead of standard output.")
    ] = None,
    again: Annotated[bool, typer.Option("--all", help="Those exported before too.")] = False,
) -> None:
    """Write the readings that were not exported before as CSV, and mark them exported."""
    with one_deed() as session:
        rows = export_readings(session, datetime.now(UTC), again=again)
        # Inside the transaction: a file that cannot be written leaves the readings for the next time.
        count = write_csv(EXPORT_COLUMNS, rows, out)
    typer.echo(f"{count} readings", err=True)
