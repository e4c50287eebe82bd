"""Who may take a chat, until when WhatsApp takes free text, what canned answers say; who is angry."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.anger import is_angry
from crm_store.domain.chats import (
    PLACEHOLDERS,
    filled,
    in_reach,
    may_write_freely,
    unknown_placeholders,
    writable_until,
)
from crm_store.domain.scope import EVERYWHERE, Scope

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("channel", ["sms", "telegram", "web"])
def test_other_channels_are_always_open(channel):
    assert may_write_freely(channel, None, NOW)
    assert writable_until(channel, NOW) is None


def test_whatsapp_closes_a_little_before_its_24_hours():
    assert may_write_freely("whatsapp", NOW - timedelta(hours=23, minutes=49), NOW)
    assert not may_write_freely("whatsapp", NOW - timedelta(hours=23, minutes=50), NOW)
    assert not may_write_freely("whatsapp", None, NOW)


@given(st.integers(0, 60 * 48))
def test_what_is_shown_and_what_is_done_about_the_window_agree(minutes):
    wrote = NOW - timedelta(minutes=minutes)
    until = writable_until("whatsapp", wrote)
    assert until is not None
    assert may_write_freely("whatsapp", wrote, NOW) == (until > NOW)


@pytest.mark.parametrize(
    ("scope", "team", "theirs"),
    [
        (EVERYWHERE, ("KDM", "roads"), True),
        (Scope("KDM"), ("KDM", "roads"), True),
        (Scope("KDM"), ("MLM", None), False),
        (Scope("KDM"), (None, None), True),
        (Scope("KDM", frozenset({"roads"})), ("KDM", None), True),
        (Scope("KDM", frozenset({"roads"})), ("KDM", "roads"), True),
        (Scope("KDM", frozenset({"roads"})), ("KDM", "water"), False),
    ],
)
def test_whose_chat_it_is(scope, team, theirs):
    assert in_reach(scope, *team) is theirs


def test_a_canned_answer_says_what_is_known_and_leaves_the_rest_to_be_filled_in():
    text = "Case {reference}, by {due}."
    assert filled(text, {"reference": "KDM-4821-7305", "due": None}) == "Case KDM-4821-7305, by {due}."
    assert unknown_placeholders("{reference} {amount} {due}") == ["amount"]


@given(st.text(), st.dictionaries(st.sampled_from(PLACEHOLDERS), st.text() | st.none()))
def test_filling_never_fails(text, values):
    filled(text, values)


@pytest.mark.parametrize(
    "text",
    [
        "This is useless, how many times must I report it",
        "I am sick and tired of your municipality",
        "WHY IS THERE STILL NO WATER HERE!!",
        "Siyacasuka manje, sicasukile yinkonzo yenu",
        "Ngidiniwe yini, niyasidina bakwaMasipala",
        "Anisizi ngalutho",
    ],
)
def test_anger_is_heard(text):
    assert is_angry(text)


@pytest.mark.parametrize(
    "text",
    [
        "Awekho amanzi eSundumbili kusukela izolo",
        "No water in KWADUKUZA since yesterday",
        "My son is sick, when does the clinic open?",
        "Thank you so much!",
        "STATUS KDM-4821-7305",
        "Ngicela usizo ngemitha yami",
    ],
)
def test_what_is_no_anger(text):
    assert not is_angry(text)
