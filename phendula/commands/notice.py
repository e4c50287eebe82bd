"""`phendula notice …`: what citizens are told on our own initiative."""

from typing import Annotated

import typer
from sqlalchemy import select

from crm_store.approved_templates import unasked_texts
from crm_store.domain.references import digits_of
from crm_store.queries.notices import notices_of
from crm_store.tables import Case
from crm_store.texts import LANGUAGES, numbered_text
from phendula.commands.refusal import Refusal, local
from phendula.visit import one_deed

app = typer.Typer(help="What citizens are told on our own initiative.", no_args_is_help=True)


@app.command("list")
def list_(
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="Such as KDM-4821-7305.")],
) -> None:
    """What the citizen of a case was told, what waits, and what was not told and why."""
    with one_deed() as session:
        case_id = session.scalar(select(Case.id).where(Case.digits == digits_of(reference)))
        if case_id is None:
            raise Refusal(f"there is no case {reference}.")
        notices = notices_of(session, case_id)
    if not notices:
        typer.echo("Nothing yet.")
    for one in notices:
        when = local(one["ended_at"] or one["not_before"])
        by = f"by {one['channel']} " if one["channel"] else ""
        fault = f": {one['error']}" if one["error"] else ""
        how = f"{by}({one['delivery']}{fault})" if one["delivery"] else one["reason"] or "waits"
        typer.echo(f"{when}  {one['kind']:<14} {one['state']:<11} {how}")


@app.command("templates")
def templates() -> None:
    """The wording to submit to WhatsApp for approval, with its numbered variables, a text and language each.

    What Twilio answers (HX…) goes to the desk, or into TWILIO_WHATSAPP_TEMPLATES, under the name before ":".
    """
    for key in unasked_texts():
        for language in LANGUAGES:
            text = numbered_text(key, language).replace("\n", " / ")
            typer.echo(f"{key.removeprefix('utter_')}.{language}: {text}")
