"""A person, please: what people hear when somebody is there, when nobody is, and when the bot is back."""

from __future__ import annotations

import re
import secrets

import psycopg
import pytest

from tests.conversations.chat import Chat, Phones

_REFERENCE = re.compile(r"[A-Z]+-\d{4}-\d{4}")


@pytest.fixture
def somebody_there(phones: Phones):
    """An agent who takes chats."""
    name = f"agent-{secrets.token_hex(4)}"
    with psycopg.connect(phones.system.database_url) as connection:
        connection.execute(
            "INSERT INTO users (id, username, role) VALUES (gen_random_uuid(), %s, 'agent')", (name,)
        )
        connection.execute(
            "INSERT INTO duties (username, available_since, seen_at) VALUES (%s, now(), now())", (name,)
        )
    yield name
    with psycopg.connect(phones.system.database_url) as connection:
        connection.execute("DELETE FROM duties WHERE username = %s", (name,))


def written(chat: Chat, key: str) -> str:
    """The text that the assistant said by itself."""
    rows = chat._rows(
        "SELECT m.body FROM messages m JOIN conversations v ON v.id = m.conversation_id"
        " JOIN addresses a ON a.id = v.address_id"
        f" WHERE a.channel = %s AND a.address = %s AND m.response_key = '{key}'"
    )
    return str(rows[-1]["body"])


@pytest.mark.parametrize(
    ("asks", "hears", "back"),
    [
        (
            "I want to speak to a person please",
            "Until then the automatic assistant answers",
            "assistant is back",
        ),
        ("ngicela ukukhuluma nomuntu", "Okwamanje kuzophendula umsizi", "ozenzakalelayo usebuyile"),
    ],
)
def test_somebody_is_there_and_the_bot_is_silent_until_it_is_handed_back(
    phones: Phones, somebody_there: str, asks: str, hears: str, back: str
) -> None:
    chat = phones.sms()
    chat.says(asks)
    chat.hears(hears)
    assert chat.cases() == []
    phones.system.command("conversation", "takeover", "sms", chat.address, "--as", somebody_there)
    chat.says("/restart", expect=0)
    chat.says("Awekho amanzi eSundumbili", expect=0)
    phones.system.command("conversation", "release", "sms", chat.address, "--as", somebody_there)
    assert chat.state()["state"] == "bot"
    assert back in written(chat, "utter_agent_left")
    chat.says("Awekho amanzi eSundumbili kusukela izolo")
    chat.hears("IDM-")


def test_with_nobody_there_the_matter_is_kept_once(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("I want to speak to a person please")
    reference = _REFERENCE.search(chat.hears("asked a person").text)
    assert reference is not None
    chat.says("AGENT")
    chat.hears("asked a person", reference[0])
    assert chat.only_case()["reference"] == reference[0]
