"""`phendula key …`: keys with which other systems use the API."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from crm_store.region import region as own_region
from crm_store.services.api_keys import SCOPES, keys, make_key, revoke_key
from phendula.commands.case import insist
from phendula.commands.refusal import LOCAL
from phendula.visit import one_deed

app = typer.Typer(help="Keys with which other systems use the API.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Whose it is, such as billing-kdm.")]


@app.command("add")
def add(
    name: NameArgument,
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", help=f"What it is for: {', '.join(SCOPES)}.")
    ] = None,
    municipality: Annotated[
        str | None, typer.Option("--municipality", metavar="CODE", help="Only this one's, such as KDM.")
    ] = None,
    user: Annotated[str, typer.Option("--as", metavar="USER", help="Who makes it.")] = "console",
) -> None:
    """Make a key. It is shown this once: whoever loses it needs another."""
    with one_deed() as session:
        insist("municipality", municipality, own_region().municipalities)
        key = make_key(
            session, name, scopes or ["readings"], municipality, f"agent:{user}", datetime.now(UTC)
        )
    typer.echo(key)
    typer.echo("Keep it like a password: it is not shown again.", err=True)


@app.command("list")
def list_keys() -> None:
    """List the keys, not their secrets."""
    with one_deed() as session:
        found = keys(session)
    for key in found:
        used = key.last_used_at.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M") if key.last_used_at else "never"
        state = "revoked" if key.revoked_at else f"last used {used}"
        typer.echo(f"{key.name:<24} {' '.join(key.scopes):<10} {key.municipality or 'all':<5} {state}")
    if not found:
        typer.echo("No keys.")


@app.command("revoke")
def revoke(name: NameArgument) -> None:
    """Make a key open nothing any more, at once."""
    with one_deed() as session:
        revoke_key(session, name, datetime.now(UTC))
    typer.echo(f"{name} opens nothing any more.")
