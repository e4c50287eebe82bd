"""`phendula nlu …`: the examples that the engine learns from."""

import json
import subprocess
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from crm_store.domain.knowledge import Knowledge
from crm_store.plain import plain
from crm_store.queries.knowledge import unanswered_questions
from phendula.commands.outcomes import decisions
from phendula.examples import faults_in
from phendula.places import ENGINE_PYTHON, ENGINE_START, ROOT
from phendula.product import CannotStartError
from phendula.region import own_region
from phendula.visit import one_deed

app = typer.Typer(help="Check and measure what the engine learns from.", no_args_is_help=True)
app.command("decisions")(decisions)


class HeldOut(StrEnum):
    """The sets of messages that are never learnt."""

    test = "test"
    development = "development"


@app.command("validate")
def validate(
    quick: Annotated[bool, typer.Option("--quick", help="Only the examples: no engine is started.")] = False,
) -> None:
    """Find conflicts and repetitions among the examples, then check domain, rules and stories."""
    faults, counted = faults_in(ROOT / "nlu_data")
    for fault in faults:
        typer.echo(fault, err=True)
    typer.echo(counted)
    code = 1 if faults else 0
    if not quick:
        code = max(code, ask_engine("validate"))
    raise typer.Exit(code)


@app.command("evaluate")
def evaluate(
    folds: Annotated[int, typer.Option(min=2, max=10, help="Parts of the cross-validation.")] = 5,
    on: Annotated[
        HeldOut,
        typer.Option(help="Held-out messages: the test set to quote, or the development set to tune on."),
    ] = HeldOut.test,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file too.")
    ] = None,
) -> None:
    """Measure by cross-validation and on held-out messages how well class, category and language are told."""
    more = ["--json", str(json_file.resolve())] if json_file else []
    raise typer.Exit(ask_engine("evaluate", "--folds", str(folds), "--on", on.value, *more))


@app.command("questions")
def questions(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Look at so many of the newest.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON line each.")] = False,
) -> None:
    """List what people asked in vain, newest first; what the knowledge can answer by now is left out."""
    knowledge = Knowledge.of(own_region())
    with one_deed() as session:
        asked = unanswered_questions(session, limit)
    still_open = [one for one in asked if one.answer or not knowledge.find(one.question, one.language)]
    for one in still_open:
        if as_json:
            typer.echo(json.dumps(plain(asdict(one)), ensure_ascii=False))
            continue
        instead = f"  (not helped by: {one.answer})" if one.answer else ""
        typer.echo(f"{one.reference}  {one.category:<13} {' '.join(one.question.split())}{instead}")
    if not still_open and not as_json:
        typer.echo("No open questions.")


def ask_engine(*command: str) -> int:
    """Runs a command of the engine's own environment; returns 0 or 1."""
    if not ENGINE_PYTHON.exists():
        raise CannotStartError("The engine's environment is missing: run `make setup`.")
    return min(subprocess.call([str(ENGINE_PYTHON), str(ENGINE_START), *command], cwd=ROOT), 1)
