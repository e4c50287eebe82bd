"""`phendula citizen …`: a person's rights over what is kept about them (POPIA s23, s24)."""

import json
import shutil
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from crm_store.media_files import path_of
from crm_store.queries.citizens import citizen_json, file_name_of, files_of_citizen, find_citizen_id
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
def export(
    channel: ChannelArgument,
    address: AddressArgument,
    files: Annotated[
        Path | None, typer.Option("--files", metavar="FOLDER", help="Also copy the person's files there.")
    ] = None,
) -> None:
    """Write everything that is kept about a person as JSON, from all their channels."""
    with one_deed() as session:
        person = citizen_id(session, channel, address)
        everything = citizen_json(session, person)
        if files is not None:
            files.mkdir(parents=True, exist_ok=True, mode=0o700)
            for media, _reference in files_of_citizen(session, person):
                if media.sha256 and path_of(media.sha256, media.content_type).is_file():
                    shutil.copyfile(path_of(media.sha256, media.content_type), files / file_name_of(media))
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
