"""`phendula chat`: a conversation in the terminal, over the same way that a provider's webhook takes."""

import sys
import time
from collections.abc import Iterator
from typing import Annotated
from uuid import UUID, uuid4

import httpx
import typer
from sqlalchemy import select

from crm_store.database import transaction
from crm_store.services.inbox import InboundMessage, accept_message
from crm_store.settings import settings
from crm_store.tables import Message
from phendula.commands.refusal import Refusal, read_channel
from phendula.visit import visiting_database

DEFAULT_ADDRESS = {
    "sms": "+27821234567",
    "whatsapp": "+27821234567",
    "telegram": "700100200",
    "web": "terminal",
}


def chat(
    channel: Annotated[str, typer.Option("--channel", help="sms, whatsapp or telegram.")] = "sms",
    sender: Annotated[
        str | None,
        typer.Option("--from", metavar="NUMBER", help="The number to write as, such as +27821234567."),
    ] = None,
    wait: Annotated[
        float, typer.Option("--wait", help="Seconds to wait for the replies to one message.")
    ] = 60,
) -> None:
    """Talk to Phendula as a citizen would. Needs a running Phendula (make run, in another terminal).

    A line is a message; an empty line or Ctrl-D ends it. Messages can also be piped in, a line each.
    """
    channel = read_channel(channel)
    address = sender or DEFAULT_ADDRESS[channel]
    with visiting_database():
        insist_on_running_engine()
        interactive = sys.stdin.isatty()
        if interactive:
            typer.echo(f"You write as {address} on {channel}. An empty line or Ctrl-D ends the conversation.")
        answered = True
        for text in lines(interactive):
            if not interactive:
                typer.echo(f"> {text}")
            answered = say_and_hear(channel, address, text, wait) and answered
    if not answered:
        raise Refusal(
            "a message is still waiting for its answer; is the worker running? It will be answered later."
        )


def insist_on_running_engine() -> None:
    """Raises Refusal when no engine answers: without it every message would wait."""
    for url in settings().engine_urls:
        try:
            httpx.get(url, timeout=2, trust_env=False)
        except httpx.HTTPError:
            continue
        return
    raise Refusal(f"no engine answers at {', '.join(settings().engine_urls)}. Start Phendula first: make run")


def lines(interactive: bool) -> Iterator[str]:
    """The messages typed or piped in."""
    while True:
        if interactive:
            sys.stdout.write("> ")
            sys.stdout.flush()
        line = sys.stdin.readline()
        text = line.strip()
        if not line or (interactive and not text):
            return
        if text:
            yield text


def say_and_hear(channel: str, address: str, text: str, wait_seconds: float) -> bool:
    """Sends one message and prints its replies; False when they did not come in time."""
    message_id = say(channel, address, text)
    until = time.monotonic() + wait_seconds
    while time.monotonic() < until:
        replies = hear(message_id)
        if replies is not None:
            for reply in replies:
                typer.echo(shown(reply))
            if not replies:
                typer.echo("  (no reply: stored, and not answered by the bot)")
            return True
        time.sleep(0.05)
    typer.echo("  (no reply yet)")
    return False


def say(channel: str, address: str, text: str) -> UUID:
    """Stores the message as a webhook would; returns its id."""
    inbound = InboundMessage(channel=channel, address=address, provider_id=f"terminal-{uuid4()}", body=text)
    with transaction() as session:
        return accept_message(session, inbound).message_id


def hear(message_id: UUID) -> list[Message] | None:
    """The stored replies in their order, or None as long as the message is not handled."""
    with transaction() as session:
        if session.scalars(select(Message.status).where(Message.id == message_id)).one() != "handled":
            return None
        replies = select(Message).where(Message.reply_to == message_id).order_by(Message.position)
        return list(session.scalars(replies))


def shown(reply: Message) -> str:
    """A reply as the phone shows it, with what it costs."""
    parts = f"  [{reply.segments} segment{'s' if reply.segments != 1 else ''}]" if reply.segments else ""
    body = "\n".join(f"  {line}" for line in reply.body.splitlines())
    return f"{body}{parts}"
