"""What people ask about their own accounts, in both languages, and what only looks so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.account_words import Wish, read_wish


@pytest.mark.parametrize(
    ("text", "kind", "language"),
    [
        ("my balance", "balance", "en"),
        ("MY BALANCE", "balance", "en"),
        ("Balance please", "balance", "en"),
        ("What is my balance?", "balance", "en"),
        ("whats my account balance", "balance", "en"),
        ("how much do I owe?", "balance", "en"),
        ("Hi, please send me my water account balance", "balance", "en"),
        ("ibhalansi yami", "balance", "zu"),
        ("Ngicela ibhalansi yami", "balance", "zu"),
        ("Sawubona ngicela ukwazi ibhalansi yami", "balance", "zu"),
        ("ngikweleta malini?", "balance", "zu"),
        ("yimalini engiyikweletayo", "balance", "zu"),
        ("my accounts", "accounts", "en"),
        ("What is my account number?", "accounts", "en"),
        ("ama-akhawunti ami", "accounts", "zu"),
        ("ithini inombolo ye-akhawunti yami", "accounts", "zu"),
        ("my readings", "readings", "en"),
        ("what was my last reading", "readings", "en"),
        ("my last meter readings", "readings", "en"),
        ("okufundiwe kwami", "readings", "zu"),
        ("izibalo zami", "readings", "zu"),
        ("izibalo zemitha yami", "readings", "zu"),
        ("Remind me", "remind", "en"),
        ("please remind me to read my water meter every month", "remind", "en"),
        ("ngikhumbuze", "remind", "zu"),
        ("Ngicela ningikhumbuze ukufunda imitha", "remind", "zu"),
        ("no reminders", "remind_no_more", "en"),
        ("stop reminding me", "remind_no_more", "en"),
        ("angifuni izikhumbuzo", "remind_no_more", "zu"),
        ("ningangikhumbuzi", "remind_no_more", "zu"),
    ],
)
def test_what_is_asked(text, kind, language):
    assert read_wish(text) == Wish(kind, language)


@pytest.mark.parametrize(
    "text",
    [
        "my balance is wrong",
        "ibhalansi yami ayilungile",
        "why is my balance R4560",
        "how do I pay my account",
        "my account is blocked",
        "my reading is 02214",
        "41006273 02214",
        "no water in Groutville",
        "link the road to Ballito",
        "",
        "?",
        "my balance " * 30,
    ],
)
def test_what_only_looks_like_it(text):
    assert read_wish(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("balance 41006273", "41006273"),
        ("balance of account 4100 6273 please", "41006273"),
        ("ibhalansi ye-akhawunti 41006273", "41006273"),
        ("my readings 41006273", "41006273"),
    ],
)
def test_one_account_of_several(text, number):
    wish = read_wish(text)
    assert wish
    assert wish.account_number == number


@pytest.mark.parametrize(
    ("text", "number", "digits", "language"),
    [
        ("LINK 41006273 1234", "41006273", "1234", "en"),
        ("link my account 4100 6273 id 0034.", "41006273", "0034", "en"),
        ("Xhuma 41006273 1234", "41006273", "1234", "zu"),
        ("xhumanisa i-akhawunti yami 41006273 isazisi 1234", "41006273", "1234", "zu"),
        ("link", None, None, "en"),
        ("link 41006273", "41006273", None, "en"),
    ],
)
def test_proof(text, number, digits, language):
    assert read_wish(text) == Wish("prove", language, number, digits)


@given(st.text(max_size=150))
def test_nothing_written_is_an_error(text):
    read_wish(text)


@given(st.from_regex(r"[0-9]{8}", fullmatch=True), st.from_regex(r"[0-9]{4}", fullmatch=True))
def test_any_account_and_any_digits(account, digits):
    assert read_wish(f"Link {account} {digits}") == Wish("prove", "en", account, digits)
