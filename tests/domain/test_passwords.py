"""Passwords and codes: what is refused, RFC 6238's own table, and codes that are good once."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.passwords import (
    matching_step,
    new_password,
    new_recovery_codes,
    new_totp_secret,
    password_fault,
    recovery_digest,
    step_at,
    totp_code,
)

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
MOMENTS = st.integers(86_400, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds, code):
    assert totp_code(RFC_SECRET, seconds // 30) == code


@given(MOMENTS, st.integers(-60, 60))
def test_a_code_is_good_for_half_a_minute_around_and_only_once(now, seconds_off):
    secret = RFC_SECRET
    code = totp_code(secret, step_at(now + timedelta(seconds=seconds_off)))
    step = matching_step(secret, code, now, None)
    if abs(seconds_off) <= 30:
        assert step is not None
    if step is not None:
        assert abs(step - step_at(now)) <= 1
        assert matching_step(secret, f" {code[:3]} {code[3:]} ", now, step - 1) == step
        assert matching_step(secret, code, now, step) is None


@given(MOMENTS, st.text(max_size=12))
def test_whatever_is_typed_is_no_code_by_mistake(now, typed):
    step = matching_step(RFC_SECRET, typed, now, None)
    written = "".join(typed.split())
    assert step is None or totp_code(RFC_SECRET, step) == written


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("izinkomo zidla", None),
        ("short", "short"),
        ("x" * 201, "long"),
        ("ZANELE-is-my-name", "name"),
        ("aaaaaaaaaaaaaaa", "simple"),
        ("abababababababab", "simple"),
    ],
)
def test_a_password_is_refused_for_a_reason(password, fault):
    assert password_fault(password, "zanele") == fault


def test_what_we_make_is_good_and_never_the_same():
    made = {new_password() for _ in range(200)}
    assert len(made) == 200
    assert {password_fault(password, "zanele") for password in made} == {None}
    assert len({code for _ in range(50) for code in new_recovery_codes()}) == 400
    assert len(base64.b32decode(new_totp_secret())) == 20


def test_a_recovery_code_is_read_however_it_is_typed():
    assert recovery_digest("ab3de-9xk2m") == recovery_digest(" AB3DE 9XK2M ") == recovery_digest("ab3de9xk2m")
    assert recovery_digest("ab3de-9xk2m") != recovery_digest("ab3de-9xk2n")
