"""`phendula nlu train|compare|publish|rollback|history`: from examples to a model in service."""

import getpass
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from crm_store.database import transaction
from crm_store.domain.comparison import LANGUAGES, QUESTIONS, Row, verdict
from crm_store.plain import plain
from crm_store.queries.models import (
    current_publication,
    find_job,
    model_lines,
    newest_comparison,
    open_job,
    publications,
    replicas,
)
from crm_store.services import models as deeds
from crm_store.services import training_jobs
from crm_store.tables import Model, ModelComparison
from phendula.commands.refusal import Refusal
from phendula.trainer import can_train, run_job
from phendula.visit import one_deed, visiting_database

TAKEN_UP_WITHIN_SECONDS = 90
WORDS = {
    "better": "better (not chance)",
    "worse": "WORSE (not chance)",
    "no_difference": "no difference that chance would not make",
    "first": "nothing to compare with",
}

By = Annotated[
    str | None, typer.Option("--as", metavar="USER", help="Who does it (else: the system's user).")
]
Why = Annotated[str, typer.Option("--why", help="The reason, for the history.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def add_to(app: typer.Typer) -> None:
    """Adds the commands beside `nlu validate` and `nlu evaluate`."""
    app.command("train")(train)
    app.command("compare")(compare)
    app.command("cancel")(cancel)
    app.command("publish")(publish)
    app.command("rollback")(rollback)
    app.command("history")(history)


def train(
    note: Annotated[str | None, typer.Option(help="What is new in it, for the list of models.")] = None,
    background: Annotated[
        bool, typer.Option("--background", help="Leave it to a worker and return at once.")
    ] = False,
    examples: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Learn from this folder's files, not nlu_data/."),
    ] = None,
    by: By = None,
) -> None:
    """Train a model on the examples as they are, and compare it with the one in service. Ctrl-C cancels."""
    if background and examples is not None:
        raise Refusal("--examples and --background do not go together: a worker learns from nlu_data/.")
    with visiting_database():
        with transaction() as session:
            job_id = _asked(
                lambda: training_jobs.ask_training(session, actor=who(by), note=note, background=background)
            )
        _run(job_id, background, examples)


def compare(
    number: Annotated[int, typer.Argument(help="The model's number, as `nlu history` shows it.")],
    background: Annotated[bool, typer.Option("--background", help="Leave it to a worker.")] = False,
    by: By = None,
) -> None:
    """Measure a model beside the one in service, on the held-out messages and on corrected live ones."""
    with visiting_database():
        with transaction() as session:
            job_id = _asked(
                lambda: training_jobs.ask_comparison(session, number, actor=who(by), background=background)
            )
        _run(job_id, background)


def cancel(by: By = None) -> None:
    """Stop the training or comparison that is under way or waits."""
    with one_deed() as session:
        job = open_job(session)
        if job is None or not training_jobs.cancel(session, job.id, actor=who(by), now=datetime.now(UTC)):
            raise Refusal("No training or comparison is under way.")
    typer.echo("It is being stopped.")


def publish(
    number: Annotated[int, typer.Argument(help="The model's number, as `nlu history` shows it.")],
    why: Why,
    override: Annotated[
        str | None, typer.Option(help="Why it is published although the gate is closed.")
    ] = None,
    by: By = None,
) -> None:
    """Put a model into service. Engines take it up within seconds, one after another; no message waits."""
    with visiting_database():
        try:
            with transaction() as session:
                made = deeds.publish(session, number, actor=who(by), reason=why, override=override)
        except deeds.GateClosed as closed:
            raise Refusal(f"{closed} Publish all the same with --override 'why'.") from None
        except deeds.PublicationRefused as refused:
            raise Refusal(str(refused)) from None
        typer.echo(f"Model {number} is published.")
        _wait_for_engines(made.id)


def rollback(
    why: Why,
    to: Annotated[int | None, typer.Option(help="Which earlier model; else the last other one.")] = None,
    by: By = None,
) -> None:
    """Put the model that was in service before back, at once. Nothing is measured again."""
    with visiting_database():
        try:
            with transaction() as session:
                made = deeds.roll_back(session, actor=who(by), reason=why, to=to)
        except deeds.PublicationRefused as refused:
            raise Refusal(str(refused)) from None
        typer.echo(f"Model {made.model_id} is in service again.")
        _wait_for_engines(made.id)


def history(as_json: AsJson = False) -> None:
    """List the models and what was in service when, who published it, and why; what the engines serve now."""
    with one_deed() as session:
        now = datetime.now(UTC)
        current = current_publication(session)
        if as_json:
            typer.echo(json.dumps(_as_json(session, now), ensure_ascii=False))
            return
        if (job := open_job(session)) is not None:
            typer.echo(
                f"Under way: {job.kind} for {job.asked_by}, {job.step or job.state}, {job.percent} %\n"
            )
        typer.echo("Models")
        for line in model_lines(session):
            model = line.model
            served = "in service" if current is not None and current.model_id == model.id else ""
            closed = "gate closed" if line.comparison is not None and line.comparison.fallen else ""
            typer.echo(
                f"  {model.id:>4}  {model.created_at:%Y-%m-%d %H:%M}  {model.examples:>6} examples"
                f"  {_shares(model):<34}  {served or closed or ('' if line.has_file else 'file gone')}"
                f"{'  ' + model.note if model.note else ''}"
            )
        typer.echo("\nIn service, newest first")
        for publication, model in publications(session):
            typer.echo(
                f"  {publication.at:%Y-%m-%d %H:%M}  model {model.id}  {publication.kind.replace('_', ' ')}"
                f" by {publication.actor}{': ' + publication.reason if publication.reason else ''}"
                f"{' (gate overridden: ' + publication.override + ')' if publication.override else ''}"
            )
        typer.echo("\nEngines")
        for replica in replicas(session, now):
            fault = f"  {replica.error}" if replica.error else ""
            typer.echo(f"  {replica.name}  {replica.model_name}{fault}")


def tell_comparison(comparison: ModelComparison) -> None:
    """Writes what a comparison found."""
    figures = comparison.figures
    for on, title in (("held_out", "Held-out messages"), ("live", "Corrected live messages")):
        if not figures["messages"][on]:
            continue
        typer.echo(f"\n{title}: {figures['messages'][on]}")
        for question in QUESTIONS:
            row = Row(**figures[on][question]["all"])
            before = "" if row.before is None else f"{row.before / max(row.messages, 1):.1%} > "
            now = f"{row.after / max(row.messages, 1):.1%}"
            chance = "" if row.before is None else f"  +{row.gained} -{row.lost}, p = {row.p:.3f}"
            typer.echo(f"  {question:10}{before}{now}{chance}  {WORDS[verdict(row)]}")
    for fall in comparison.fallen:
        on = "held-out" if fall["on"] == "held_out" else "live"
        typer.echo(
            f"  FALLS: {fall['question']} of {fall['label']} ({on}): {fall['before']} > {fall['after']}"
            f" of {fall['messages']} right"
        )
    typer.echo(f"\nThe gate is {'closed' if comparison.fallen else 'open'}.")


def who(by: str | None) -> str:
    """The name under which a command's deed stands in the history."""
    return by or f"command:{getpass.getuser()}"


def _asked(ask: Any) -> UUID:
    try:
        return UUID(str(ask().id))
    except training_jobs.TrainingRefused as refused:
        raise Refusal(str(refused)) from None


def _run(job_id: UUID, background: bool, examples: Path | None = None) -> None:
    if background:
        typer.echo("A worker does it: `phendula nlu history` and /desk/training/models tell how far it is.")
        return
    told = ""

    def tell(step: str, percent: int) -> None:
        nonlocal told
        if step != told:
            typer.echo(f"[{percent:3d} %] {step}")
            told = step

    if not can_train():
        raise Refusal("The engine's environment is missing: run `make setup`.")
    try:
        state = run_job(job_id, on_step=tell, examples=examples)
    except KeyboardInterrupt:
        with transaction() as session:
            training_jobs.end(session, job_id, "cancelled", datetime.now(UTC))
        raise
    with transaction() as session:
        job = find_job(session, job_id)
        comparison = None if job is None or job.model_id is None else newest_comparison(session, job.model_id)
    if job is None or state != "done" or comparison is None:
        raise Refusal(f"It {state}: {job.error if job and job.error else 'nothing was changed'}")
    tell_comparison(comparison)
    typer.echo(f"Model {job.model_id}. To put it into service: phendula nlu publish {job.model_id} --why '…'")


def _wait_for_engines(publication_id: int) -> None:
    """Tells of each engine that it serves the published model; of those that do not, why."""
    until = time.monotonic() + TAKEN_UP_WITHIN_SECONDS
    told: set[str] = set()
    while time.monotonic() < until:
        with transaction() as session:
            engines = replicas(session, datetime.now(UTC))
        for engine in engines:
            if engine.name not in told and (engine.publication_id == publication_id or engine.error):
                typer.echo(f"  {engine.name}: {engine.error or 'serves it'}")
                told.add(engine.name)
        if not engines:
            typer.echo("No engine runs now; the next one that starts serves it.")
            return
        if told >= {engine.name for engine in engines}:
            return
        time.sleep(0.5)
    typer.echo("Not every engine has said that it serves it: see `phendula nlu history`.", err=True)


def _shares(model: Model) -> str:
    if not model.scores:
        return ""
    shares = model.scores.get("class") or {}
    return " ".join(f"{name} {shares[name]:.1%}" for name in ("all", *LANGUAGES) if shares.get(name))


def _as_json(session: Session, now: datetime) -> dict[str, Any]:
    current = current_publication(session)
    return {
        "in_service": None if current is None else current.model_id,
        "models": [
            {
                "model": line.model.id,
                "name": line.model.name,
                "made_at": plain(line.model.created_at),
                "examples": line.model.examples,
                "data_version": line.model.data_version,
                "scores": line.model.scores,
                "gate": None if line.comparison is None else not line.comparison.fallen,
                "file": line.has_file,
            }
            for line in model_lines(session)
        ],
        "publications": [
            {
                "at": plain(publication.at),
                "model": model.id,
                "kind": publication.kind,
                "by": publication.actor,
                "why": publication.reason,
                "override": publication.override,
            }
            for publication, model in publications(session)
        ],
        "engines": [
            {"name": one.name, "model": one.model_name, "error": one.error} for one in replicas(session, now)
        ],
    }
