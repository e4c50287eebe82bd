"""`phendula text …`: the replies as they are said, other words proposed and approved, catalogues."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from crm_store.queries.proposals import proposals, text_rows
from crm_store.region import look_again, region, region_file
from crm_store.services.proposals import (
    approve_proposal,
    propose_wording,
    reject_proposal,
)
from crm_store.services.translations import propose_catalogue, write_catalogue
from crm_store.texts import LANGUAGES
from phendula.commands.refusal import Refusal, local
from phendula.visit import one_deed

app = typer.Typer(
    help="What citizens read: look it up, propose other words, approve them.", no_args_is_help=True
)
By = Annotated[str, typer.Option("--as", metavar="USER", help="Who does this; stands in the log.")]
Language = Annotated[str, typer.Option("--language", help="en or zu.")]
Number = Annotated[UUID, typer.Argument(metavar="ID", help="As `text proposals` shows it.")]


@app.command("list")
def list_(
    search: Annotated[str, typer.Argument(metavar="[WORDS]", help="In the key or either language.")] = "",
    own: Annotated[bool, typer.Option("--own", help="Only those worded anew here.")] = False,
) -> None:
    """The replies with their words in both languages and the SMS segments of their longest form."""
    with one_deed() as session:
        rows = text_rows(session, region(), search=search, which="own" if own else "")
    for row in rows:
        typer.echo(row.key)
        for language in LANGUAGES:
            mark = "*" if language in row.own else " "
            words = row.words[language].replace("\n", " / ")
            typer.echo(f"  {language}{mark} [{row.segments[language]}] {words}")
    if not rows:
        typer.echo("No text has these words.")


@app.command("propose")
def propose(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Such as utter_welcome.")],
    words: Annotated[str, typer.Argument(metavar="WORDS", help="Empty: the words that ship.")],
    user: By,
    language: Language = "zu",
    why: Annotated[str, typer.Option("--why", help="For the one who looks at it.")] = "",
) -> None:
    """Propose other words; a second person approves them."""
    with one_deed() as session:
        row = propose_wording(
            session,
            region_file(),
            region(),
            key,
            language,
            words,
            f"agent:{user}",
            datetime.now(UTC),
            why=why,
        )
    typer.echo(f"Proposed as {row.id}; a second person approves it.")


@app.command("proposals")
def list_proposals(
    everything: Annotated[bool, typer.Option("--all", help="Decided ones, too.")] = False,
) -> None:
    """What waits for a second person."""
    with one_deed() as session:
        rows = proposals(session, open_only=not everything)
    for row in rows:
        by = f"{row.proposed_by.removeprefix('agent:')}, {local(row.proposed_at.isoformat())}"
        typer.echo(f"{row.id}  {row.state}  {row.way}  ({by}{f': {row.why}' if row.why else ''})")
        typer.echo(f"    now: {row.before if row.before is not None else 'as it ships'}")
        typer.echo(f"    new: {row.value if row.value is not None else 'as it ships'}")
    if not rows:
        typer.echo("Nothing waits.")


@app.command("approve")
def approve(number: Number, user: By) -> None:
    """Put a proposal into force; everybody hears it within seconds."""
    with one_deed() as session:
        row = approve_proposal(session, region_file(), number, f"agent:{user}", datetime.now(UTC))
    look_again()
    typer.echo(f"{row.way} is in force; `phendula config undo {row.change_number}` takes it back.")


@app.command("reject")
def reject(
    number: Number, user: By, why: Annotated[str, typer.Option("--why", help="For who proposed it.")]
) -> None:
    """Leave everything as it is."""
    with one_deed() as session:
        row = reject_proposal(session, number, f"agent:{user}", datetime.now(UTC), why)
    typer.echo(f"{row.way} stays as it is.")


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where to write the .po file.")],
    language: Language = "zu",
) -> None:
    """Write the replies as a .po catalogue for translators."""
    if language not in LANGUAGES:
        raise Refusal(f"'{language}' is no language of ours; they are {', '.join(LANGUAGES)}.")
    file.write_text(write_catalogue(region(), language), encoding="utf-8")
    typer.echo(f"Written: {file}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A .po file from `text export`.")],
    user: By,
    language: Language = "zu",
) -> None:
    """Propose every wording that a translator changed; what breaks a rule is named and left out."""
    content = file.read_text(encoding="utf-8")
    with one_deed() as session:
        proposed, refused = propose_catalogue(
            session, region_file(), region(), language, content, f"agent:{user}", datetime.now(UTC)
        )
        ways = [row.way for row in proposed]
    for way in ways:
        typer.echo(f"proposed: {way}")
    for key, reason in refused:
        typer.echo(f"not taken: {key}: {reason}", err=True)
    typer.echo(f"{len(ways)} proposed, {len(refused)} not taken.")
    if refused:
        raise typer.Exit(1)
