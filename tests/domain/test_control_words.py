"""STOP and its kin are honoured on every path; an answer stays an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.control_words import read_control, read_updates_wish


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram", "web"])
@pytest.mark.parametrize("asking", [None, "location"])
@pytest.mark.parametrize(
    ("text", "control"),
    [
        ("STOP", "stop"),
        ("stop.", "stop"),
        (" 'Stop!' ", "stop"),
        ("/stop", "stop"),
        ("STOPALL", "stop"),
        ("Unsubscribe", "stop"),
        ("MISA", "stop"),
        ("yeka", "stop"),
        ("ＳＴＯＰ", "stop"),
        ("\u200bstop\u200b", "stop"),
        ("START", "start"),
        ("UNSTOP", "start"),
        ("Qala", "start"),
        ("stop the leak please", None),
        ("amanzi ayeka izolo", None),
        ("Awekho amanzi", None),
        ("yebo", None),
        ("", None),
        ("🛑", None),
    ],
)
def test_on_every_path(text: str, control: str | None, channel: str, asking: str | None) -> None:
    assert read_control(text, channel=channel, asking=asking) == control


@pytest.mark.parametrize(
    ("text", "channel", "asking", "control"),
    [
        ("cancel", "sms", "location", "cancel"),
        ("cancel", "sms", None, "stop"),
        ("cancel", "whatsapp", "amount", "cancel"),
        ("cancel", "whatsapp", None, None),
        ("khansela", "sms", "month", "cancel"),
        ("khansela", "sms", None, None),
        ("0", "telegram", "reading", "cancel"),
        ("0.", "sms", "reading", "cancel"),
        ("0", "sms", None, None),
        ("00", "sms", "reading", None),
        ("end", "sms", "location", "stop"),
        ("quit", "telegram", "location", "cancel"),
        ("quit", "telegram", None, "stop"),
        ("yes", "sms", None, "start"),
        ("YES", "sms", "confirm", None),
        ("yes", "whatsapp", None, None),
    ],
)
def test_by_channel_and_question(text: str, channel: str, asking: str | None, control: str | None) -> None:
    assert read_control(text, channel=channel, asking=asking) == control


def test_the_providers_reading_wins() -> None:
    assert read_control("cancel", channel="sms", asking="amount", opt_out_type="STOP") == "stop"
    assert read_control("yes", channel="sms", asking="amount", opt_out_type="START") == "start"
    assert read_control("info", channel="sms", opt_out_type="HELP") is None


@given(st.text(), st.sampled_from(["sms", "whatsapp", "telegram"]), st.none() | st.just("amount"))
def test_never_fails(text: str, channel: str, asking: str | None) -> None:
    assert read_control(text, channel=channel, asking=asking) in ("stop", "start", "cancel", None)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("No updates", "off"),
        ("no more updates please", "off"),
        ("Please don't send me any updates", "off"),
        ("stop the updates", "off"),
        ("Azikho izibuyekezo", "off"),
        ("angifuni izibuyekezo", "off"),
        ("UPDATES", "on"),
        ("izibuyekezo", "on"),
        ("send me updates", "on"),
        ("any updates on my case?", None),
        ("no update from you since Monday and still no water", None),
        ("STOP", None),
        ("awekho amanzi", None),
        ("", None),
    ],
)
def test_no_updates_and_updates(text, wish):
    assert read_updates_wish(text) == wish
