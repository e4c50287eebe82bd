"""`phendula account …`: accounts and meters, which come from the billing system as a file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from crm_store.queries.account_links import links_of_account
from crm_store.region import region as own_region
from crm_store.services.account_links import link_account, linked_accounts, unlink_account
from crm_store.services.accounts import import_accounts
from phendula.commands.citizen import citizen_id
from phendula.commands.conversation import AddressArgument, ChannelArgument, UserOption
from phendula.commands.refusal import LOCAL, Refusal
from phendula.visit import one_deed

app = typer.Typer(help="Accounts and meters from the billing system.", no_args_is_help=True)


#: Rejected rows shown on the screen; the file beside has all of them.
MOST_SHOWN = 20


@app.callback()
def account() -> None:
    """Accounts and meters from the billing system."""


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file, UTF-8.")],
    names_all: Annotated[
        bool,
        typer.Option(
            "--names-all", help="The file names every account of its municipalities: close those it lacks."
        ),
    ] = False,
    close_any_number: Annotated[
        bool,
        typer.Option("--close-any-number", help="With --names-all: also when that closes more than 5 %."),
    ] = False,
) -> None:
    """Take in a file of accounts; again with the same file changes nothing.

    Columns: account_number, municipality, service, meter_number, dials, last_reading, last_reading_date,
    average_per_month, holder, phone, read_day, balance, id_last4 (of the holder's ID number), register (a row
    each, where the meter has several). What follows dials may be blank. Rows that cannot be taken are listed
    with line, field and reason, all others are taken; the exit code is then 1.
    """
    with one_deed() as session:
        result = import_accounts(
            session,
            file,
            set(own_region().municipalities),
            names_all=names_all,
            close_any_number=close_any_number,
            progress=lambda words: typer.echo(f"{file.name}: {words}", err=True),
        )
    for line, field, reason in result.rejected[:MOST_SHOWN]:
        typer.echo(f"{file}:{line}: {field}: {reason}", err=True)
    if len(result.rejected) > MOST_SHOWN:
        typer.echo(f"… and {len(result.rejected) - MOST_SHOWN:,} more rows", err=True)
    gone = [
        f"{count} {what}"
        for count, what in (
            (result.removed_meters, "meters replaced"),
            (result.closed_accounts, "accounts closed"),
        )
        if count
    ]
    told = [f"{result.added} added", f"{result.changed} changed", f"{result.unchanged} unchanged", *gone]
    typer.echo(
        f"{', '.join(told)}, {len(result.rejected)} rejected"
        + (f" (listed in {result.rejected_file})" if result.rejected_file else "")
    )
    raise typer.Exit(1 if result.rejected else 0)


AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's number.")]


@app.command("link")
def link(
    channel: ChannelArgument, address: AddressArgument, number: AccountArgument, user: UserOption
) -> None:
    """Link a phone to an account: its holder proved, to you, that the account is theirs.

    From then on the phone hears the account's balance and readings. The phone that billing has on file is
    linked by itself.
    """
    with one_deed() as session:
        person = citizen_id(session, channel, address)
        link_account(session, person, number, "agent", f"agent:{user}", datetime.now(UTC))
    typer.echo(f"{address} is linked to account {number}.")


@app.command("unlink")
def unlink(
    channel: ChannelArgument, address: AddressArgument, number: AccountArgument, user: UserOption
) -> None:
    """Withdraw a proof: the phone hears nothing private of the account any more."""
    with one_deed() as session:
        person = citizen_id(session, channel, address)
        if not unlink_account(session, person, number, f"agent:{user}", datetime.now(UTC)):
            if any(account.account_number == number for account in linked_accounts(session, person)):
                raise Refusal("this phone is on file at billing: it is unlinked when billing has another.")
            raise Refusal(f"{address} is not linked to account {number}.")
    typer.echo(f"{address} is no longer linked to account {number}.")


@app.command("links")
def links(number: AccountArgument) -> None:
    """List who hears what is private of an account, and by which proof."""
    with one_deed() as session:
        found = links_of_account(session, number)
    for row in found:
        since = f" since {row.since.astimezone(LOCAL):%Y-%m-%d %H:%M}" if row.since else ""
        typer.echo(f"{row.channel:<9} {row.address:<16} {row.proof.replace('_', ' ')}{since}")
    if not found:
        typer.echo("Nobody who has written to us is linked to this account.")
