"""`phendula nlu add|export|figures`: what trainers do at the desk, from the command line."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from crm_store.domain.example_text import FileNotUnderstood, home_of, one_line
from crm_store.domain.examples import CLASSES, LANGUAGES, WITH_CATEGORY, Example
from crm_store.domain.training import Share
from crm_store.example_files import NLU_DATA, read_files, write_files
from crm_store.plain import plain
from crm_store.queries.examples import findings_of
from crm_store.queries.training_figures import agreement, weekly_figures
from crm_store.region import region as own_region
from crm_store.services.examples import change_example, merged_files, write_into_files
from phendula.visit import one_deed

CONSOLE = "console"


def add(
    message_class: Annotated[str, typer.Option("--class", help="What it is: complaint, query …")],
    language: Annotated[str, typer.Option(help="en, zu or mixed.")],
    texts: Annotated[
        list[str] | None, typer.Argument(help="Examples; without any they are read from stdin, a line each.")
    ] = None,
    category: Annotated[str | None, typer.Option(help="What it is about: water, billing …")] = None,
) -> None:
    """Add examples, entities marked as in nlu_data/: 'no water [in Tete](location)'.

    They are kept beside the files; `nlu export` writes them. A text that stands there already, contradicts
    another or is too near to a held-out message is told and left out (exit code 1).
    """
    if message_class not in CLASSES:
        raise typer.BadParameter(f"--class is one of {', '.join(CLASSES)}")
    if language not in LANGUAGES:
        raise typer.BadParameter(f"--language is one of {', '.join(LANGUAGES)}")
    categories = own_region().categories
    if message_class in WITH_CATEGORY and category not in categories:
        raise typer.BadParameter(f"--category is one of {', '.join(categories)}")
    if message_class not in WITH_CATEGORY and category is not None:
        raise typer.BadParameter(f"a {message_class} has no category")
    refused = 0
    lines = [one_line(line) for line in (texts or sys.stdin.read().splitlines())]
    with one_deed() as session:
        for line in filter(None, lines):
            draft = Example("", message_class, category, language, line)
            example = Example(home_of(draft), *draft.label, line)
            found = findings_of(session, NLU_DATA, example)
            if found.fits:
                change_example(session, None, example, CONSOLE, datetime.now(UTC))
                typer.echo(f"added: {line}")
                continue
            refused += 1
            typer.echo(f"left out: {line}: {_why(found.faults, found.conflict, found.same)}", err=True)
    raise typer.Exit(1 if refused else 0)


def _why(faults: tuple[str, ...], conflict: Example | None, same: Example | None) -> str:
    if faults:
        return faults[0]
    if conflict is not None:
        return f"it is {conflict.intent}/{conflict.category or '-'} in {conflict.file}"
    if same is not None:
        return f"it stands in {same.file}"
    return "it is too near to a message that we measure with: put it in other words"


def export(
    to: Annotated[
        Path | None,
        typer.Option(help="Write all files, with the changes in them, to this folder; nlu_data/ stays."),
    ] = None,
) -> None:
    """Write what trainers changed into nlu_data/, as one change to commit.

    Comments and order stay; each file is put in its place whole, so that nothing is lost when it is cut off.
    """
    try:
        with one_deed() as session:
            if to is not None:
                to.mkdir(parents=True, exist_ok=True)
                files = merged_files(session, NLU_DATA)
                for name in set(read_files(to)) - set(files):
                    typer.echo(f"{to / name} is none of ours and stays", err=True)
                write_files(to, files)
                typer.echo(f"{len(files)} files written to {to}")
                return
            written = write_into_files(session, NLU_DATA, datetime.now(UTC))
    except FileNotUnderstood as error:
        typer.echo(f"{error}. Nothing was written; put the file right, or change it by hand.", err=True)
        raise typer.Exit(1) from error
    except OSError as error:
        typer.echo(
            f"nlu_data/ cannot be written ({error.strerror}). The changes stay in the store, and training"
            " learns from them; take --to FOLDER to see them in files.",
            err=True,
        )
        raise typer.Exit(1) from error
    if not written.changes:
        typer.echo("Nothing to write: the files hold every change.")
        return
    typer.echo(f"{written.changes} changes in {len(written.files)} files: {', '.join(written.files) or '-'}")


def figures(
    weeks: Annotated[int, typer.Option(min=1, max=104, help="So many weeks, this one included.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, by class too, as JSON.")] = False,
) -> None:
    """How well live messages were understood, week by week, by what trainers said of a random sample."""
    now = datetime.now(UTC)
    with one_deed() as session:
        found = weekly_figures(session, now, weeks)
        agreed = agreement(session, datetime.combine(found[-1].week, datetime.min.time(), UTC))
    if as_json:
        whole = {"weeks": [asdict(week) for week in found], "agreement": asdict(agreed)}
        typer.echo(json.dumps(plain(whole), ensure_ascii=False, indent=1))
        return
    names = ("all", *LANGUAGES)
    typer.echo(f"{'week of':<12}{'looked at':>10}  " + "".join(f"{f'class, {name}':^22}" for name in names))
    for week in found:
        looked = f"{week.looked_at}/{week.drawn}"
        typer.echo(
            f"{week.week}  {looked:>10}  "
            + "".join(f"{_cell(week.message_class[name]):^22}" for name in names)
        )
    typer.echo("right, and where it lies with 95 %: of a random sample, as far as trainers have looked at it")
    if agreed.kappa is not None:
        typer.echo(f"agreement of two trainers: kappa {agreed.kappa:.2f} on {agreed.pairs} messages")


def _cell(share: Share) -> str:
    if share.right is None or share.low is None or share.high is None:
        return "-"
    return f"{share.right:.0%} ({share.low:.0%}-{share.high:.0%})"
