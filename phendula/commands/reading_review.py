"""`phendula reading review …`: readings that wait for a person, and what the person decides."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from crm_store.queries.photos import photos_of, photos_to_read
from crm_store.queries.reading_review import ReadingToReview, readings_to_review
from crm_store.region import region as own_region
from crm_store.services.photo_review import dismiss_photo, find_photo, read_photo
from crm_store.services.reading_review import accept_reading, correct_reading, find_reading, reject_reading
from phendula.commands.conversation import UserOption
from phendula.commands.refusal import LOCAL
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
        photos = photos_of(session, [one.reading_id for one in waiting])
    for one in waiting:
        typer.echo(_line(one))
        for path in photos.get(one.reading_id, ()):
            typer.echo(f"          picture: {path}")
    if not waiting:
        typer.echo("No reading waits for a person.")


def _line(one: ReadingToReview) -> str:
    last = "no last reading"
    if one.last_reading is not None:
        last = f"last {one.last_reading:0{len(one.digits)}d}"
        last += f" on {one.last_reading_on}" if one.last_reading_on else ""
    register = f" {one.register}" if one.register else ""
    usual = f", usually {one.average_per_month:g} a month" if one.average_per_month is not None else ""
    return (
        f"{str(one.reading_id)[-8:]}  {one.taken_at.astimezone(LOCAL):%Y-%m-%d %H:%M}  {one.municipality} "
        f"{one.account_number} {one.service} {one.meter_number}{register}: {one.digits} ({last}{usual})  "
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


PhotoArgument = Annotated[str, typer.Argument(metavar="PICTURE", help="As `photos` shows it.")]


@app.command("photos")
def photos() -> None:
    """Pictures without a reading and without a case, oldest first, and where their files lie."""
    with one_deed() as session:
        found = photos_to_read(session)
    for one in found:
        words = f"  '{one.words}'" if one.words else ""
        typer.echo(
            f"{str(one.media_id)[-8:]}  {one.sent_at.astimezone(LOCAL):%Y-%m-%d %H:%M}  {one.channel} "
            f"{one.address}  {one.path}{words}"
        )
    if not found:
        typer.echo("No picture waits for a person.")


@app.command("read")
def read(
    picture: PhotoArgument,
    number: Annotated[str, typer.Argument(metavar="ACCOUNT")],
    digits: Annotated[
        str,
        typer.Argument(metavar="DIGITS", help="What the meter shows: black digits, or 'T1 02214 T2 01033'."),
    ],
    user: UserOption,
    service: Annotated[str | None, typer.Option("--service", help="water or electricity.")] = None,
) -> None:
    """Enter the reading that a picture shows; its sender is told."""
    with one_deed() as session:
        reading = read_photo(
            session,
            own_region(),
            find_photo(session, picture).id,
            number,
            digits,
            f"agent:{user}",
            datetime.now(UTC),
            service,
        )
    typer.echo(f"The reading {reading.digits} of account {reading.account_number} is taken.")


@app.command("dismiss")
def dismiss(
    picture: PhotoArgument,
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Why, in words for its sender.")],
    user: UserOption,
) -> None:
    """The picture cannot be used; its sender is told why and asked to write instead."""
    with one_deed() as session:
        photo = find_photo(session, picture)
        dismiss_photo(session, own_region(), photo.id, reason, f"agent:{user}", datetime.now(UTC))
    typer.echo("The picture is dismissed.")
