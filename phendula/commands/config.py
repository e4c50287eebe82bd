"""`phendula config …`: the files that describe municipalities, and what the desk changed over them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from crm_store.domain.region_export import ToFold, as_yaml
from crm_store.queries.region_changes import changes_in_force, list_region_changes
from crm_store.region import left_out, read_file, region_file
from crm_store.services.region_changes import fold_changes, undo_change
from crm_store.tables import RegionChange
from phendula.commands.refusal import Refusal, local
from phendula.visit import one_deed, visiting_database

app = typer.Typer(
    help="Check the files that describe municipalities; see, export and undo the desk's changes.",
    no_args_is_help=True,
)
By = Annotated[str, typer.Option("--as", metavar="USER", help="Who does this; stands in the log.")]


@app.command("check")
def check(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Such as municipalities/ilembe.yml.")
    ],
) -> None:
    """Check a file: each fault with its line and field (exit code 1), or what the file describes."""
    region = read_file(file).region()
    names = ", ".join(municipality.name.en for municipality in region.municipalities.values())
    typer.echo(
        f"{file}: good. {len(region.municipalities)} municipalities ({names}), {len(region.places)} places,"
        f" {len(region.knowledge)} questions answered at once."
    )


@app.command("changes")
def changes(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
) -> None:
    """List what the desk changed over the file, the newest first: who, when, before and after."""
    with one_deed() as session:
        rows = list_region_changes(session, limit=limit)
    for row, _ in rows:
        undone = f"  (undoes {row.undoes})" if row.undoes else ""
        typer.echo(
            f"{row.number:>5}  {local(row.at.isoformat())}  {row.actor.removeprefix('agent:'):<12}"
            f" {row.way}{undone}\n       {_short(row.before)} -> {_short(row.after)}"
            + (f"\n       {row.why}" if row.why else "")
        )
    if not rows:
        typer.echo("Nothing was changed at the desk.")


@app.command("export")
def export() -> None:
    """Print what lies over the file, as YAML to be put into it by hand; afterwards run `config fold`."""
    with visiting_database():
        with one_deed() as session:
            rows = changes_in_force(session)
        stale = left_out()
    if not rows:
        typer.echo("# Nothing lies over the file.")
    else:
        file = region_file()
        parts = [ToFold(row.way, row.after, _told(row)) for row in rows]
        knowledge = str(file.knowledge_path) if file.knowledge_path else None
        typer.echo(as_yaml(parts, str(file.path), knowledge), nl=False)
    for way in stale:
        typer.echo(f"{way} does not fit the file any more and is not in force.", err=True)


@app.command("fold")
def fold(user: By = "console") -> None:
    """Take off the changes that the file says by now, so that later edits of these parts in it count."""
    with one_deed() as session:
        folded = fold_changes(session, region_file(), f"agent:{user}", datetime.now(UTC))
        waiting = [row.way for row in changes_in_force(session)]
    for way in folded:
        typer.echo(f"{way}: the file has it.")
    for way in waiting:
        typer.echo(f"{way}: the file says something else; the desk's change stays in force.")
    if not folded and not waiting:
        typer.echo("Nothing lies over the file.")


@app.command("undo")
def undo(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As `config changes` shows it.")],
    user: By = "console",
) -> None:
    """Take a change back; the running product follows within seconds."""
    with one_deed() as session:
        row = undo_change(session, region_file(), number, f"agent:{user}", datetime.now(UTC))
        if row is None:
            raise Refusal(f"change {number} changed nothing that is still so.")
    typer.echo(f"{row.way} is as it was before change {number}.")


def _told(row: RegionChange) -> str:
    """Who, when and why, on one line."""
    why = f": {row.why}" if row.why else ""
    return f"{row.actor.removeprefix('agent:')}, {local(row.at.isoformat())}{why}"


def _short(value: object) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:157]}..."
