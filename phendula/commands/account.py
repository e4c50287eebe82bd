"""`phendula account …`: accounts and meters, which come from the billing system as a file."""

from pathlib import Path
from typing import Annotated

import typer

from crm_store.services.accounts import import_accounts
from phendula.region import own_region
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
    average_per_month, holder, phone, read_day, balance. What follows dials may be blank. Rows that cannot be
    taken are listed with line, field and reason, all others are taken; the exit code is then 1.
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
