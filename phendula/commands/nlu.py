"""`phendula nlu …`: the examples that the engine learns from."""

import json
import subprocess
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from crm_store.domain.examples import (
    LANGUAGES,
    THIN,
    Example,
    cells,
    faults_of,
    held_out_faults,
    near_duplicates,
)
from crm_store.domain.knowledge import Knowledge
from crm_store.example_files import NLU_DATA, read_examples
from crm_store.plain import plain
from crm_store.queries.knowledge import unanswered_questions
from crm_store.region import region as own_region
from phendula.commands import model, nlu_training, shadow
from phendula.commands.outcomes import decisions
from phendula.places import ENGINE_PYTHON, ENGINE_START, ROOT
from phendula.product import CannotStartError
from phendula.visit import one_deed

EVALUATION = ROOT / "var" / "evaluation"
app = typer.Typer(help="Check and measure what the engine learns from.", no_args_is_help=True)
app.command("decisions")(decisions)
model.add_to(app)
app.add_typer(shadow.app, name="shadow")
app.command("add")(nlu_training.add)
app.command("export")(nlu_training.export)
app.command("figures")(nlu_training.figures)


class HeldOut(StrEnum):
    """The sets of messages that are never learnt."""

    test = "test"
    fresh = "fresh"
    development = "development"


@app.command("validate")
def validate(
    quick: Annotated[bool, typer.Option("--quick", help="Only the examples: no engine is started.")] = False,
) -> None:
    """Find conflicts, repetitions, broken entities and thin cells, then check domain, rules and stories.

    Conflicts, repetitions and broken entities fail; near-duplicates and thin cells are only told.
    """
    examples = list(read_examples(NLU_DATA))
    faults, counted = faults_of(examples)
    for held_out in sorted((NLU_DATA / "heldout").glob("*.jsonl")):
        faults += held_out_faults(held_out.name, held_out.read_text(encoding="utf-8"))
    for fault in faults:
        typer.echo(fault, err=True)
    _tell_near_duplicates(examples)
    _tell_cells(examples)
    typer.echo(counted)
    code = 1 if faults else 0
    if not quick:
        code = max(code, ask_engine("validate"))
    raise typer.Exit(code)


def _tell_near_duplicates(examples: list[Example]) -> None:
    pairs = near_duplicates(examples)
    for one, other in pairs:
        labels = [f"{example.intent}/{example.category or '-'}" for example in (one, other)]
        typer.echo(f"nearly the same: '{one.plain}' ({labels[0]}) and '{other.plain}' ({labels[1]})")
    typer.echo(f"{len(pairs)} near-duplicates")


def _tell_cells(examples: list[Example]) -> None:
    counted = cells(examples)
    typer.echo(f"\n{'class':<16}{'category':<16}" + "".join(f"{language:>7}" for language in LANGUAGES))
    for intent, category in sorted({(intent, category) for intent, category, _language in counted}):
        numbers = [counted[intent, category, language] for language in LANGUAGES]
        typer.echo(f"{intent:<16}{category:<16}" + "".join(f"{number:>7}" for number in numbers))
    thin = sorted((number, cell) for cell, number in counted.items() if number < THIN)
    named = ", ".join(f"{' '.join(cell)} ({number})" for number, cell in thin)
    typer.echo(f"\n{len(thin)} thin cells (fewer than {THIN} examples){': ' + named if thin else ''}")


@app.command("evaluate")
def evaluate(
    folds: Annotated[
        int, typer.Option(min=0, max=10, help="Parts of the cross-validation; 0 leaves it out.")
    ] = 5,
    on: Annotated[
        HeldOut,
        typer.Option(help="Held-out messages: a test set to quote (test, fresh), or the set to tune on."),
    ] = HeldOut.test,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file too.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the page of tables and pictures.")] = EVALUATION,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the figures: later evaluations are compared with them.")
    ] = False,
) -> None:
    """Measure by cross-validation and on held-out messages how well class, category and language are told."""
    if folds == 1:
        raise typer.BadParameter("one part leaves nothing to learn from: take 0, or 2 to 10")
    more = ["--json", str(json_file.resolve())] if json_file else []
    more += ["--out", str(out.resolve())] + (["--keep"] if keep else [])
    raise typer.Exit(ask_engine("evaluate", "--folds", str(folds), "--on", on.value, *more))


@app.command("questions")
def questions(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Look at so many of the newest.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON line each.")] = False,
) -> None:
    """List what people asked in vain, newest first; what the knowledge can answer by now is left out."""
    with one_deed() as session:
        knowledge = Knowledge.of(own_region())
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
