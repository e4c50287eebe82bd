"""`phendula reading flags|trust`: phones and accounts with more readings than usual."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from crm_store.queries.reading_senders import many_readings
from crm_store.services.reading_senders import trust_sender
from phendula.commands.conversation import AddressArgument, ChannelArgument, UserOption
from phendula.commands.refusal import LOCAL, read_channel
from phendula.visit import one_deed


def flags(
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="Look back so many days.")] = 30,
) -> None:
    """Phones and accounts over a limit: their readings were taken and wait for a person."""
    since = datetime.now(UTC).astimezone(LOCAL).date() - timedelta(days=days)
    with one_deed() as session:
        found = many_readings(session, since)
    for one in found:
        others = f"{one.others} accounts" if one.kind == "phone" else f"{one.others} people"
        trusted = "  (trusted)" if one.trusted else ""
        typer.echo(
            f"{one.kind:<8} {one.subject:<40} {one.readings:>5} readings, {others}, "
            f"last {one.last_at.astimezone(LOCAL):%Y-%m-%d %H:%M}{trusted}"
        )
    if not found:
        typer.echo(f"Nothing over a limit in {days} days.")


def trust(
    channel: ChannelArgument,
    address: AddressArgument,
    user: UserOption,
    no_more: Annotated[bool, typer.Option("--no-more", help="Flag its readings again.")] = False,
) -> None:
    """A phone may send the readings of many accounts (a caretaker's, a neighbour's): flag them no more."""
    with one_deed() as session:
        trust_sender(
            session,
            read_channel(channel),
            address.removeprefix("whatsapp:"),
            f"agent:{user}",
            datetime.now(UTC),
            trusted=not no_more,
        )
    typer.echo(f"{address} is {'no longer ' if no_more else ''}trusted with the readings of many accounts.")
