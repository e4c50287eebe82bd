"""Talking to Phendula from a terminal: chat (the whole pipeline) and classify (understanding only)."""

import typer

from phendula.commands.chat import chat
from phendula.commands.classify import classify


def add_to(app: typer.Typer) -> None:
    """Adds both commands at the top level."""
    app.command("chat")(chat)
    app.command("classify")(classify)
