"""Which numbers of a message stand together, whatever they are and in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.reading_groups import (
    KEYS,
    KnownMeter,
    Mention,
    groups_in,
    registers_in,
    services_in,
    two_apart,
)
from crm_store.domain.readings import MeterFacts
from crm_store.domain.registers import says
from tests.readings.table import ACCOUNTS, METERS, MONTH_AGO

KINDS = (*KEYS, "reading")
REGISTERED = [meter for meter in METERS if meter.register]
ORDINARY = [meter for meter in METERS if not meter.register]


@st.composite
def numbers(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS) -> list[Mention]:
    """Mentions that do not overlap, in the order of a text."""
    found, end = [], 0
    for kind, digits, gap in draw(
        st.lists(
            st.tuples(
                st.sampled_from(kinds), st.from_regex(r"[0-9]{3,8}", fullmatch=True), st.integers(1, 9)
            ),
            max_size=9,
        )
    ):
        start = end + gap
        end = start + len(digits)
        found.append(Mention(kind, digits, start, end))
    return found


@given(numbers())
def test_every_reading_is_in_one_group_and_no_account_is_invented(mentions: list[Mention]) -> None:
    groups = groups_in(mentions)
    readings = [one for one in mentions if one.kind == "reading"]
    assert [one for group in groups for one in group.readings] == readings
    accounts = {one.value for one in mentions if one.kind == "account_number"}
    meters = {one.value for one in mentions if one.kind == "meter_number"}
    for group in groups:
        assert group.account is None or group.account in accounts
        assert group.meter is None or group.meter in meters
    if accounts and not meters:
        assert all(group.account for group in groups)


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(ACCOUNTS.values())), st.integers(1, 2)), min_size=1, max_size=4
    ),
    st.booleans(),
)
def test_accounts_with_their_readings_stay_together(
    parts: list[tuple[str, int]], account_first: bool
) -> None:
    mentions: list[Mention] = []
    for account, many in parts:
        pieces = [("account_number", account), *[("reading", f"0{len(mentions)}{n}14") for n in range(many)]]
        for kind, value in pieces if account_first else pieces[1:] + pieces[:1]:
            start = mentions[-1].end + 1 if mentions else 0
            mentions.append(Mention(kind, value, start, start + len(value)))
    groups = groups_in(mentions)
    assert [(group.account, len(group.readings)) for group in groups] == parts


@given(st.from_regex(r"[0-9]{4}[ -][0-9]{4}", fullmatch=True), st.booleans(), st.booleans())
def test_a_number_in_two_is_two_readings_only_beside_registers(
    written: str, registered: bool, exists: bool
) -> None:
    account = written[:4] + written[5:]
    meters = REGISTERED if registered else ORDINARY
    if exists:
        meters = [*meters, KnownMeter(account, "W9", MeterFacts("water", 5, 1, MONTH_AGO, 20))]
    mention = Mention("account_number", account, 0, len(written))
    found = two_apart(written, [mention], meters)
    if registered and not exists:
        assert [(one.kind, one.value) for one in found] == [
            ("reading", written[:4]),
            ("reading", written[5:]),
        ]
        assert [written[one.start : one.end] for one in found] == [written[:4], written[5:]]
    else:
        assert found == [mention]


@given(st.text(max_size=80), numbers(), st.lists(st.sampled_from(METERS), unique=True))
def test_registers_are_given_to_readings_only_and_only_where_a_meter_has_some(
    text: str, mentions: list[Mention], meters: list[KnownMeter]
) -> None:
    found = registers_in(text, mentions, meters)
    assert all(one.kind == "reading" for one in found)
    if meters and not any(meter.register for meter in meters):
        assert found == {}
    for register in found.values():
        assert (
            not meters or register == "total" or any(says(register, one.register) == "this" for one in meters)
        )


@given(
    numbers(("reading", "account_number")),
    st.lists(st.tuples(st.sampled_from(["water", "electricity"]), st.integers(0, 90)), max_size=4),
)
def test_services_are_those_of_the_words(mentions: list[Mention], words: list[tuple[str, int]]) -> None:
    said = [Mention("service", value, at, at + 1) for value, at in words]
    groups = groups_in(mentions)
    found = services_in([*mentions, *said], groups, ORDINARY, {})
    readings = [one for one in mentions if one.kind == "reading"]
    assert set(found) <= set(readings)
    assert bool(found) == bool(said and readings)
    if len(said) == len(readings):
        assert [found[one] for one in readings] == [one.value for one in said]
