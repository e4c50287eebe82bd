"""`phendula reading review …`: readings that wait for a person, and what the person decides."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from crm_store.queries.reading_review import ReadingToReview, readings_to_review
from crm_store.services.reading_review import accept_reading, correct_reading, find_reading, reject_reading
from phendula.commands.conversation import UserOption
from phendula.commands.refusal import LOCAL
from phendula.region import own_region
from phendula.visit import one_deed

app = typer.Typer(help="Readings that a person must look at.", no_args_is_help=True)

ReadingArgument = Annotated[
    str, typer.Argument(metavar="READING", help="As `list` shows it; or the reading's whole id.")
]


@app.command("list")
def list_(
    municipality: Annotated[str | None, typer.Option("--municipality", metavar="CODE")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 100,
) -> None:
    """The readings that wait, oldest first, beside what billing knows of their meters."""
    with one_deed() as session:
        waiting = readings_to_review(session, municipality=municipality, limit=limit)
    for one in waiting:
        typer.echo(_line(one))
    if not waiting:
        typer.echo("No reading waits for a person.")


def _line(one: ReadingToReview) -> str:
    last = "no last reading"
    if one.last_reading is not None:
        last = f"last {one.last_reading:0{len(one.digits)}d}"
        last += f" on {one.last_reading_on}" if one.last_reading_on else ""
    usual = f", usually {one.average_per_month:g} a month" if one.average_per_month is not None else ""
    return (
        f"{str(one.reading_id)[-8:]}  {one.taken_at.astimezone(LOCAL):%Y-%m-%d %H:%M}  {one.municipality} "
        f"{one.account_number} {one.service} {one.meter_number}: {one.digits} ({last}{usual})  "
        f"{' '.join(one.flags)}{'  at billing' if one.exported else ''}"
    )


@app.command("accept")
def accept(reading: ReadingArgument, user: UserOption) -> None:
    """The reading is right as it is; its sender is told."""
    with one_deed() as session:
        found = find_reading(session, reading)
        accept_reading(session, own_region(), found.id, f"agent:{user}", datetime.now(UTC))
    typer.echo(f"The reading {found.digits} of account {found.account_number} is accepted.")


@app.command("correct")
def correct(
    reading: ReadingArgument,
    digits: Annotated[str, typer.Argument(metavar="DIGITS", help="What the meter showed: black digits.")],
    user: UserOption,
) -> None:
    """Put another reading in its place, also when billing has it already; its sender is told."""
    with one_deed() as session:
        found = find_reading(session, reading)
        right = correct_reading(session, own_region(), found.id, digits, f"agent:{user}", datetime.now(UTC))
    typer.echo(f"Account {right.account_number}: {found.digits} is replaced by {right.digits}.")


@app.command("reject")
def reject(
    reading: ReadingArgument,
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Why, in words for its sender.")],
    user: UserOption,
) -> None:
    """The reading cannot be used; its sender is told why and asked to read the meter again."""
    with one_deed() as session:
        found = find_reading(session, reading)
        reject_reading(session, own_region(), found.id, reason, f"agent:{user}", datetime.now(UTC))
    typer.echo(f"The reading {found.digits} of account {found.account_number} is rejected.")
