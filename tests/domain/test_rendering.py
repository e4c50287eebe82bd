"""How texts look: choices, GSM-7, segments, parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.replies import in_fewer_segments
from crm_store.domain.rendering import chosen, in_parts, show
from crm_store.domain.segments import costly_letters, is_gsm, plain, segments
from crm_store.services.turns import ReplyToStore

YES_NO = [("Yebo", "yes"), ("Cha", "no")]
LONG = [("Umgodi emgwaqweni", "pothole"), ("Amanzi", "water")]


@pytest.mark.parametrize(
    ("channel", "buttons", "body"),
    [
        ("sms", YES_NO, "Usizo?\n1 Yebo 2 Cha"),
        ("sms", LONG, "Usizo?\n1 Umgodi emgwaqweni\n2 Amanzi"),
        ("whatsapp", YES_NO, "Usizo?\n1 Yebo\n2 Cha"),
        ("telegram", YES_NO, "Usizo?"),
        ("sms", [], "Usizo?"),
    ],
)
def test_choices_by_channel(channel, buttons, body):
    assert show(channel, "Usizo?", buttons).body == body
    assert [choice["number"] for choice in show(channel, "Usizo?", buttons).choices] == list(
        range(1, len(buttons) + 1)
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("‘We’ “say” – it… now", "'We' \"say\" - it... now"),
        ("R4\u00a0560,00", "R4 560,00"),
        ("Siyabonga 🙏🏽!", "Siyabonga !"),
        ("José Ngcobo", "José Ngcobo"),
        ("Zoë ê", "Zoe e"),
        ("محمد", "محمد"),
    ],
)
def test_plain_sms(written, shown):
    assert plain(written) == shown


@pytest.mark.parametrize(
    ("text", "encoding", "count"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("’" * 70, "UCS-2", 1),
        ("’" * 71, "UCS-2", 2),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
    ],
)
def test_segments(text, encoding, count):
    counted = segments(text)
    assert (counted.encoding, counted.count) == (encoding, count)


@given(st.text(max_size=400))
def test_a_plain_text_stays_plain_and_costs_no_more(text):
    shown = plain(text)
    assert plain(shown) == shown
    assert segments(shown).count <= max(1, segments(text).count * 3)
    if is_gsm(text):
        assert is_gsm(shown)


@given(st.text(max_size=500), st.integers(10, 100))
def test_parts_fit_and_lose_only_blanks(text, limit):
    parts = in_parts(text, limit)
    assert all(len(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.text(max_size=20))
def test_any_text_may_be_an_answer(text):
    assert chosen(text, show("sms", "?", YES_NO).choices) in (None, "yes", "no")


def sms(text: str) -> ReplyToStore:
    return ReplyToStore(
        body=text,
        response_key="utter_help",
        values={},
        buttons=[],
        language="en",
        segments=segments(text).count,
    )


def test_two_short_replies_of_a_turn_are_one_sms() -> None:
    (joined,) = in_fewer_segments(
        [sms("Kusukela manje sizobhala ngesiZulu."), sms("Sicela usitshele ukuthi kukuphi.")]
    )
    assert joined.body == "Kusukela manje sizobhala ngesiZulu.\nSicela usitshele ukuthi kukuphi."
    assert joined.segments == 1


def test_replies_that_would_cost_the_same_stay_apart() -> None:
    assert len(in_fewer_segments([sms("a" * 150), sms("b" * 150)])) == 2


@given(st.lists(st.text(alphabet="ab ", min_size=1, max_size=200), max_size=4))
def test_joining_never_costs_more_and_loses_nothing(texts: list[str]) -> None:
    before = [sms(text) for text in texts]
    after = in_fewer_segments(before)
    assert sum(reply.segments or 0 for reply in after) <= sum(reply.segments or 0 for reply in before)
    assert "\n".join(reply.body for reply in after) == "\n".join(texts)


def test_letters_that_cost_are_named():
    assert costly_letters("Nomfundo \u2018Ntuli\u2019, \u015f\u0142 \u0142") == "\u0142"
    assert costly_letters("eSundumbili, R4 560,00") == ""
