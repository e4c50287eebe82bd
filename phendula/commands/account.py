"""`phendula account …`: accounts and meters, which come from the billing system as a file."""

from pathlib import Path
from typing import Annotated

import typer

from crm_store.services.accounts import import_accounts
from phendula.region import own_region
from phendula.visit import one_deed

app = typer.Typer(help="Accounts and meters from the billing system.", no_args_is_help=True)


@app.callback()
def account() -> None:
    """Accounts and meters from the billing system."""


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file, UTF-8.")],
) -> None:
    """Take in a file of accounts; again with the same file changes nothing.

    Columns: account_number, municipality, service, meter_number, dials, last_reading, last_reading_date,
    average_per_month, holder, phone, read_day, balance. What follows dials may be blank. Rows that cannot be
    taken are listed with line, field and reason, all others are taken; the exit code is then 1.
    """
    with one_deed() as session:
        result = import_accounts(session, file, set(own_region().municipalities))
    for line, field, reason in result.rejected:
        typer.echo(f"{file}:{line}: {field}: {reason}", err=True)
    typer.echo(
        f"{result.added} added, {result.changed} changed, {result.unchanged} unchanged,"
        f" {len(result.rejected)} rejected"
        + (f" (listed in {result.rejected_file})" if result.rejected_file else "")
    )
    raise typer.Exit(1 if result.rejected else 0)
