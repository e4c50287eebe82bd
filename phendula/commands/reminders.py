"""`phendula reminders`: reminds those who want it of reading their meters."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.notices import tell_due_notices
from bot.sweeps import remind_of_readings
from crm_store.region import region as own_region
from phendula.commands.refusal import read_time
from phendula.visit import visiting_database


def reminders(
    now: Annotated[
        str | None,
        typer.Option("--now", metavar="TIME", help="As if at this time, such as 2026-11-24T09:30."),
    ] = None,
) -> None:
    """Remind, on the read day of their accounts, those who asked for it and have sent nothing.

    The worker does it by itself. Outside the hours in which people are written to, the words wait for them.
    """
    moment = read_time(now) if now else datetime.now(UTC)
    with visiting_database():
        region = own_region()
        looked_at = remind_of_readings(region, moment)
        told = tell_due_notices(moment, region)
    typer.echo(f"Accounts whose day it is: {looked_at}. Messages told now, of every kind: {told}.")


def add_to(app: typer.Typer) -> None:
    """Adds the command at the top level."""
    app.command("reminders")(reminders)
