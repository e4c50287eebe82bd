"""`phendula nlu shadow …`: a candidate reads along with live messages and answers none."""

from typing import Annotated

import typer

from crm_store.domain.masks import mask_numbers
from crm_store.queries.shadow import agreement, differences, last_shadow
from crm_store.services.shadow import ShadowRefused, start_shadow, stop_shadow
from phendula.commands.model import By, who
from phendula.commands.refusal import Refusal
from phendula.visit import one_deed

app = typer.Typer(help="Let a model read along before it is published.", no_args_is_help=True)


@app.command("start")
def start(
    number: Annotated[int, typer.Argument(help="The model's number, as `nlu history` shows it.")],
    share: Annotated[int, typer.Option(min=1, max=100, help="Of a hundred messages, read so many.")] = 20,
    by: By = None,
) -> None:
    """Let a model read along from now on; a worker has it read every five minutes."""
    with one_deed() as session:
        try:
            start_shadow(session, number, share=share, actor=who(by))
        except ShadowRefused as refused:
            raise Refusal(str(refused)) from None
    typer.echo(f"Model {number} reads {share} of a hundred messages. `phendula nlu shadow show` tells more.")


@app.command("stop")
def stop(by: By = None) -> None:
    """End it; what was read stays."""
    with one_deed() as session:
        stopped = stop_shadow(session, actor=who(by))
    typer.echo("No model reads along any more." if stopped else "No model reads along.")


@app.command("show")
def show(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many of the newest differences.")] = 20,
) -> None:
    """Show how often the two models agree, and the messages on which they do not."""
    with one_deed() as session:
        shadow = last_shadow(session)
        if shadow is None:
            typer.echo("No model has read along yet: phendula nlu shadow start MODEL")
            return
        state = "reads" if shadow.stopped_at is None else "read"
        typer.echo(f"Model {shadow.candidate_id} {state} along ({shadow.share} of a hundred messages).")
        for kind, rows in agreement(session, shadow.id).items():
            for row in rows:
                name = row.name if kind != "all" else "all"
                typer.echo(
                    f"  {name:16}{row.alike:>6} of {row.messages} alike ({row.alike / row.messages:.1%})"
                )
        for one in differences(session, shadow.id, limit):
            said = " | ".join(
                f"{meaning.get('class')}/{meaning.get('category') or '-'}"
                for meaning in (one.published, one.candidate)
            )
            typer.echo(f"  {said}: {mask_numbers(' '.join(one.body.split()))}")
