"""`phendula citizen …`: a person's rights over what is kept about them (POPIA s23, s24)."""

import json
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from crm_store.queries.citizens import citizen_json, find_citizen_id
from crm_store.services.citizens import erase_citizen
from phendula.commands.conversation import AddressArgument, ChannelArgument
from phendula.commands.refusal import Refusal, read_channel
from phendula.visit import one_deed

app = typer.Typer(help="A person's own data: give it out, or forget it.", no_args_is_help=True)


def citizen_id(session: Session, channel: str, address: str) -> UUID:
    """The id of the person who writes from the address; raises Refusal when there is none."""
    found = find_citizen_id(session, read_channel(channel), address.removeprefix("whatsapp:"))
    if found is None:
        raise Refusal(f"nobody writes from {address} on {channel}.")
    return found


@app.command("export")
def export(channel: ChannelArgument, address: AddressArgument) -> None:
    """Write everything that is kept about a person as JSON, from all their channels."""
    with one_deed() as session:
        everything = citizen_json(session, citizen_id(session, channel, address))
    typer.echo(json.dumps(everything, ensure_ascii=False, indent=2))


@app.command("erase")
def erase(
    channel: ChannelArgument,
    address: AddressArgument,
    user: Annotated[
        str, typer.Option("--as", metavar="USER", help="Who does this; stands in the history.")
    ] = "console",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Make everything kept about a person anonymous. It cannot be undone; cases stay as figures."""
    with one_deed() as session:
        person = citizen_id(session, channel, address)
        if not yes:
            typer.confirm(f"Forget everything about {address} on all their channels?", abort=True)
        done = erase_citizen(session, person, f"agent:{user}")
    typer.echo("Erased: " + ", ".join(f"{count} {kind}" for kind, count in done.items()) + ".")
