"""`phendula conversation …`: looking at a conversation, taking it over, answering it, handing it back."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from crm_store.queries.conversations import conversation_view, find_conversation
from crm_store.region import region
from crm_store.services.chats import ChatRefused, hand_back
from crm_store.services.conversations import WindowIsClosed, say, take_over
from phendula.commands.refusal import Refusal, read_channel
from phendula.visit import one_deed

app = typer.Typer(help="Look at a conversation, take it over, answer it, hand it back.", no_args_is_help=True)

ChannelArgument = Annotated[str, typer.Argument(metavar="CHANNEL", help="sms, whatsapp, telegram or web.")]
AddressArgument = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="A number such as +27821234567, or Telegram's chat id.")
]
UserOption = Annotated[str, typer.Option("--as", metavar="USER", help="The member of staff who does this.")]


def conversation_id(session: Session, channel: str, address: str) -> UUID:
    """The id of the conversation with the address; raises Refusal when there is none."""
    found = find_conversation(session, read_channel(channel), address.removeprefix("whatsapp:"))
    if found is None:
        raise Refusal(f"there is no conversation with {address} on {channel}.")
    return found.id


@app.command("show")
def show(
    channel: ChannelArgument,
    address: AddressArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Show a conversation: who answers it, its language, what is being asked, and its messages."""
    with one_deed() as session:
        view = conversation_view(session, read_channel(channel), address.removeprefix("whatsapp:"))
    if view is None:
        raise Refusal(f"there is no conversation with {address} on {channel}.")
    if as_json:
        typer.echo(json.dumps(view, ensure_ascii=False, indent=2, default=str))
        return
    shown = ("state", "agent", "language", "asking", "consent", "opted_out")
    typer.echo("  ".join(f"{name}: {view[name]}" for name in shown if view.get(name) is not None))
    for message in view["messages"]:
        arrow = "<" if message["direction"] == "in" else ">"
        typer.echo(f"{arrow} {message.get('body') or '(no text)'}  [{message['status']}]")


@app.command("takeover")
def takeover(channel: ChannelArgument, address: AddressArgument, user: UserOption) -> None:
    """Answer this conversation yourself: the bot is silent until it is released."""
    with one_deed() as session:
        take_over(session, conversation_id(session, channel, address), user)
    typer.echo(f"{user} answers {address} on {channel} now.")


@app.command("release")
def release(
    channel: ChannelArgument,
    address: AddressArgument,
    user: UserOption,
    go_on: Annotated[
        bool, typer.Option("--go-on", help="The bot asks again what it had asked before.")
    ] = False,
) -> None:
    """Hand the conversation back to the bot, which tells the person that it is back."""
    settled: Literal["nothing", "question"] = "question" if go_on else "nothing"
    with one_deed() as session, suppress(ChatRefused):  # the bot answers it already
        of = conversation_id(session, channel, address)
        hand_back(session, region(), of, user, datetime.now(UTC), settled)
    typer.echo(f"The bot answers {address} on {channel} again.")


@app.command("say")
def say_text(
    channel: ChannelArgument,
    address: AddressArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    user: UserOption,
) -> None:
    """Write to the person as a member of staff."""
    if not text.strip():
        raise Refusal("there is nothing to say: the text is empty.")
    try:
        with one_deed() as session:
            said = say(session, conversation_id(session, channel, address), text, user)
    except WindowIsClosed as closed:
        raise Refusal(f"{closed}. The desk offers one at the chat.") from None
    if said.suppressed:
        raise Refusal(f"{address} has opted out: the text is kept and not sent.")
    typer.echo("Stored; the worker sends it.")
