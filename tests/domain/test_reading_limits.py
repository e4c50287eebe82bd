"""More readings than usual are flagged, from the first one over the limit."""

from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.reading_limits import SentSoFar, sender_flags
from crm_store.domain.region import ReadingRules

RULES = ReadingRules(most_per_phone_a_day=20, most_per_account_a_day=6, most_accounts_a_phone=10)


def test_at_the_limit_nothing_beyond_it_everything():
    assert sender_flags(SentSoFar(20, 6, 10), RULES) == ()
    every = ("many_from_phone", "many_for_account", "many_accounts")
    assert sender_flags(SentSoFar(21, 7, 11), RULES) == every


@given(st.integers(1, 99), st.integers(1, 99), st.integers(1, 99))
def test_a_trusted_phone_is_flagged_only_for_the_account(phone, account, accounts):
    flags = sender_flags(SentSoFar(phone, account, accounts, trusted=True), RULES)
    assert flags == (("many_for_account",) if account > 6 else ())
