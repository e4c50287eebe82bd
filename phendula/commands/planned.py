"""`phendula planned …`: work that is announced ahead."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from crm_store.queries.incidents import list_incidents
from crm_store.region import region as own_region
from crm_store.services.planned_work import cancel_planned, import_planned
from phendula.commands.incident import NoteOption, NumberArgument, UserOption, as_line
from phendula.visit import one_deed

app = typer.Typer(
    help="Planned work: announced ahead, told to whoever reports or asks.", no_args_is_help=True
)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file, UTF-8.")],
    user: UserOption = "console",
) -> None:
    """Take in a file of planned work; again with the same file changes nothing.

    Columns: id, category, trouble, place, ward, starts_at, ends_at, title_en, title_zu; category, times and a
    place or ward are needed. Rows that cannot be taken are listed with line, field and reason, all others are
    taken; the exit code is then 1.
    """
    with one_deed() as session:
        result = import_planned(session, own_region(), file, f"agent:{user}", datetime.now(UTC))
    for line, field, reason in result.rejected:
        typer.echo(f"{file}:{line}: {field}: {reason}", err=True)
    typer.echo(
        f"{result.added} added, {result.changed} changed, {result.unchanged} unchanged,"
        f" {len(result.rejected)} rejected"
    )
    raise typer.Exit(1 if result.rejected else 0)


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON line each.")] = False,
) -> None:
    """List the planned work that is going on or still to come."""
    with one_deed() as session:
        rows = list_incidents(session, states=("open",), kind="planned", limit=10_000)
        lines = [as_line(incident, cases, as_json=as_json) for incident, cases in reversed(rows)]
    for line in lines:
        typer.echo(line)
    if not lines and not as_json:
        typer.echo("No planned work.")


@app.command("cancel")
def cancel(number: NumberArgument, note: NoteOption = None, user: UserOption = "console") -> None:
    """Cancel work that has not begun: nobody is told of it any more."""
    with one_deed() as session:
        cancel_planned(session, number, f"agent:{user}", datetime.now(UTC), note)
    typer.echo(f"The planned work {number} is cancelled.")
