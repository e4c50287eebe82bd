"""`phendula case …`: the deeds of those who work on cases."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from crm_store.domain.cases import PRIORITIES
from crm_store.domain.region import Region
from crm_store.queries.holds import HOLD_COLUMNS, holds
from crm_store.region import region as own_region
from crm_store.services.delays import explain_delay
from crm_store.services.disputes import OUTCOMES, decide_dispute
from crm_store.services.merges import merge_cases
from crm_store.services.referrals import accept_referral, decline_referral
from crm_store.services.splits import split_case
from crm_store.services.stages import (
    add_note,
    ask_citizen,
    assign_case,
    change_category,
    change_priority,
    resolve_case,
    set_stage,
)
from phendula.commands.refusal import local, read_time
from phendula.commands.table import write_csv
from phendula.visit import one_deed

Reference = Annotated[str, typer.Argument(metavar="REFERENCE", help="Such as KDM-4821-7305.")]
By = Annotated[str, typer.Option("--as", metavar="USER", help="Who does this; stands in the history.")]
Why = Annotated[str, typer.Option("--reason", help="Why; stands in the history.")]


@contextmanager
def deed() -> Iterator[tuple[Session, Region, datetime]]:
    """What every deed needs."""
    with one_deed() as session:
        yield session, own_region(), datetime.now(UTC)


def add_to(app: typer.Typer) -> None:
    """Adds the deeds to the commands of `case`."""
    commands: dict[str, Callable[..., None]] = {
        "assign": assign,
        "accept": accept,
        "decline": decline,
        "wait": wait,
        "resolve": resolve,
        "decide": decide,
        "close": close,
        "reopen": reopen,
        "note": note,
        "delay": delay,
        "priority": priority,
        "category": category,
        "merge": merge,
        "split": split,
        "holds": list_holds,
    }
    for name, command in commands.items():
        app.command(name)(command)


def delay(
    reference: Reference,
    reason: Annotated[str, typer.Option("--reason", help="Why it takes longer; the citizen hears it.")],
    expected: Annotated[
        str | None, typer.Option("--expected", metavar="TIME", help="The new date; else half the time again.")
    ] = None,
    by: By = "console",
) -> None:
    """Say that a case will be late, why and until when; the citizen is told once."""
    with deed() as (session, region, now):
        until = read_time(expected) if expected else None
        late = explain_delay(session, region, reference, reason, f"agent:{by}", now, until)
        told = f"{reference} is expected by {local(late.expected_at.isoformat())} now."
    typer.echo(told)


def assign(
    reference: Reference,
    user: Annotated[str, typer.Argument(metavar="USER", help="Who works on it from now on.")],
    by: By = "console",
) -> None:
    """Give a case to somebody, who is told."""
    with deed() as (session, region, now):
        case = assign_case(session, region, reference, user, f"agent:{by}", now)
        told = f"{case.reference} is {user}'s now ({case.stage})."
    typer.echo(told)


def accept(
    reference: Reference,
    user: Annotated[
        str | None, typer.Option("--for", metavar="USER", help="Who works on it from now on.")
    ] = None,
    by: By = "console",
) -> None:
    """Keep a case that was referred to your department."""
    with deed() as (session, region, now):
        case = accept_referral(session, region, reference, f"agent:{by}", now, user)
        told = f"{case.reference} stays with {case.municipality}/{case.department}."
    typer.echo(told)


def decline(reference: Reference, reason: Why, by: By = "console") -> None:
    """Send a case that was referred to you back to its sender, with the reason."""
    with deed() as (session, region, now):
        case = decline_referral(session, region, reference, reason, f"agent:{by}", now)
        told = f"{case.reference} is back with {case.municipality}/{case.department}."
    typer.echo(told)


def wait(
    reference: Reference,
    question: Annotated[str, typer.Argument(help="What the citizen is asked; they hear it.")],
    by: By = "console",
) -> None:
    """Ask the citizen something; the clock stands still until they answer."""
    with deed() as (session, region, now):
        case = ask_citizen(session, region, reference, question, f"agent:{by}", now)
        told = f"{case.reference} waits for the citizen's answer."
    typer.echo(told)


def resolve(
    reference: Reference,
    done: Annotated[str, typer.Argument(help="What was done; the citizen hears it.")],
    by: By = "console",
) -> None:
    """Say that a case is resolved, and what was done."""
    with deed() as (session, region, now):
        case = resolve_case(session, region, reference, done, f"agent:{by}", now)
        told = f"{case.reference} is resolved."
    typer.echo(told)


def decide(
    reference: Reference,
    outcome: Annotated[str, typer.Argument(help="One of: " + ", ".join(OUTCOMES))],
    reason: Annotated[str, typer.Option("--reason", help="The reasons; the citizen hears them.")],
    amount: Annotated[
        str | None, typer.Option(metavar="RAND", help="What is taken off the bill, such as 1240.55.")
    ] = None,
    by: By = "console",
) -> None:
    """Decide a dispute: the hold on its amount is lifted, the citizen hears the reasons and the appeal."""
    with deed() as (session, region, now):
        case = decide_dispute(session, region, reference, outcome, reason, f"agent:{by}", now, amount)
        off = f": R{case.outcome_amount} off the bill" if case.outcome_amount else ""
        told = f"{case.reference} is decided, {case.outcome}{off}."
    typer.echo(told)


def close(reference: Reference, reason: Why, by: By = "console") -> None:
    """Close a case: withdrawn, the same as another, or resolved and confirmed."""
    _set_stage(reference, "closed", reason, by)


def reopen(reference: Reference, reason: Why, by: By = "console") -> None:
    """Take a case up again; its clock goes on with what was left."""
    _set_stage(reference, "reopened", reason, by)


def note(
    reference: Reference,
    text: Annotated[str, typer.Argument(help="For colleagues; the citizen does not hear it.")],
    by: By = "console",
) -> None:
    """Write a note into a case's history."""
    with deed() as (session, region, now):
        told = f"Noted in {add_note(session, region, reference, text, f'agent:{by}', now).reference}."
    typer.echo(told)


def priority(
    reference: Reference,
    to: Annotated[str, typer.Argument(metavar="PRIORITY", help="One of: " + ", ".join(PRIORITIES))],
    reason: Why,
    by: By = "console",
) -> None:
    """Change a case's priority; its promise gets stricter, never laxer."""
    with deed() as (session, region, now):
        case = change_priority(session, region, reference, to, f"agent:{by}", reason, now)
        told = f"{case.reference} is {case.priority}{due(case.due_at)}."
    typer.echo(told)


def category(
    reference: Reference,
    to: Annotated[str, typer.Argument(metavar="CATEGORY", help="Such as roads.")],
    reason: Why,
    by: By = "console",
) -> None:
    """Say better what a case is about; it goes to the department that handles this."""
    with deed() as (session, region, now):
        case = change_category(session, region, reference, to, f"agent:{by}", reason, now)
        told = f"{case.reference} is about {case.category}, with {case.municipality}/{case.department}."
    typer.echo(told)


def merge(
    reference: Reference,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The case that is kept.")],
    reason: Annotated[str, typer.Option("--reason", help="Stands in the history of both.")] = "",
    by: By = "console",
) -> None:
    """Close a case as the same as another; its reference goes on answering, with how far that one is."""
    with deed() as (session, region, now):
        kept = merge_cases(session, region, reference, into, reason, f"agent:{by}", now)
        told = f"Merged into {kept.reference}."
    typer.echo(told)


def split(reference: Reference, reason: Why, by: By = "console") -> None:
    """Take a merged case up again by itself, with what was left of its clock."""
    with deed() as (session, region, now):
        case = split_case(session, region, reference, reason, f"agent:{by}", now)
        told = f"{case.reference} is {case.stage}{due(case.due_at)}."
    typer.echo(told)


def list_holds(
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV, for the billing office.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="CSV into this file.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Lifted ones too.")] = False,
    account: Annotated[str | None, typer.Option(metavar="NUMBER", help="Of this account only.")] = None,
) -> None:
    """List the amounts in dispute, on which there is no credit control (Systems Act s102(2))."""
    with one_deed() as session:
        rows = list(holds(session, standing_only=not everything, account_number=account))
    if as_csv or out:
        typer.echo(f"{write_csv(HOLD_COLUMNS, rows, out)} holds", err=True)
        return
    for row in rows:
        typer.echo(_hold_line(row))
    if not rows:
        typer.echo("No holds.")


def _hold_line(row: dict[str, Any]) -> str:
    lifted = f"  lifted {local(row['lifted_at'])} ({row['outcome']})" if row["lifted_at"] else ""
    what = f"{row['account_number']:<12} R{row['amount']:>12}  {row['period'] or '-':<7}"
    return f"{row['reference']}  {what}  since {local(row['placed_at'])}{lifted}"


def _set_stage(reference: str, stage: str, reason: str, by: str) -> None:
    with deed() as (session, region, now):
        case = set_stage(session, region, reference, stage, f"agent:{by}", reason, now=now)
        told = f"{case.reference} is {case.stage}{due(case.due_at) if stage == 'reopened' else ''}."
    typer.echo(told)


def due(due_at: datetime | None) -> str:
    """', due 2026-11-24 16:00', or nothing."""
    return f", due {local(due_at.isoformat())}" if due_at else ""
