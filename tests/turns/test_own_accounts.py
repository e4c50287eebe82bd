"""A person's own accounts on the phone: told to the linked, kept from everybody else."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from crm_store.database import transaction
from crm_store.services.account_proofs import id_hash
from crm_store.services.conversations import take_over
from crm_store.tables import Account, Meter, new_id
from tests.messaging import Messaging, new_number
from tests.stand_ins.engine import reply


@pytest.fixture
def number() -> str:
    return new_number()


def an_account(phone: str | None = None, **more: object) -> str:
    account_number = new_number()[-8:]
    with transaction() as session:
        account = {"municipality": "KDM", "balance": Decimal("1240.55"), "phone": phone, **more}
        session.add(Account(account_number=account_number, **account))
        session.flush()
        session.add(
            Meter(
                id=new_id(), account_number=account_number, service="water", meter_number="W77711273",
                dials=5, last_reading=2196, last_reading_on=date(2026, 6, 14),
            )
        )  # fmt: skip
    return account_number


def says(messaging: Messaging, number: str, *texts: str) -> str:
    for words in texts:
        assert messaging.sms(number, words) == 200
        messaging.work()
    return next(
        m.body
        for m in reversed(messaging.messages("sms", number, "out"))
        if m.response_key != "utter_privacy_notice"
    )


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        ("my balance", "you owe R1 240,55"),
        ("ibhalansi yami", "ukweleta u-R1 240,55"),
        ("my accounts", "water meter ..1273"),
        ("ama-akhawunti ami", "imitha ..1273 (amanzi)"),
        ("my readings", "water: 02196, 14 Jun 2026"),
        ("izibalo zami", "amanzi: 02196, 14 Jun 2026"),
    ],
)
def test_the_phone_on_file_is_told(messaging, number, words, heard):
    account = an_account(number)
    answer = says(messaging, number, words)
    assert heard in answer
    assert f"..{account[-4:]}" in answer
    assert account not in answer
    assert messaging.engine.asked == []


@pytest.mark.parametrize("words", ["my balance", "my readings", "my accounts"])
def test_nobody_else_is_told_and_existence_is_not_revealed(messaging, number, words):
    account = an_account(new_number())
    assert says(messaging, number, words) == says(messaging, number, f"{words} {account}")
    assert says(messaging, number, f"{words} {account}") == says(messaging, number, f"{words} 99999999")
    assert messaging.keys("sms", number)[-1] == "utter_own_not_linked"


def test_the_last_digits_of_the_id_link_and_are_not_kept(messaging, number):
    account = an_account()
    with transaction() as session:
        session.get_one(Account, account).id_last4_hash = id_hash(account, "0834")
    assert "linked" in says(messaging, number, f"LINK {account} 0834")
    assert "R1 240,55" in says(messaging, number, "balance")
    bodies = [message.body for message in messaging.messages("sms", number, "in")]
    assert bodies[0] == f"LINK {account} ****"


def test_three_wrong_proofs_a_day_and_every_refusal_is_the_same(messaging, number):
    account = an_account()
    with transaction() as session:
        session.get_one(Account, account).id_last4_hash = id_hash(account, "0834")
    without_id = an_account()
    answers = {says(messaging, number, f"link {n} 1111") for n in (account, without_id, "99999999")}
    assert len(answers) == 1
    assert "too often" in says(messaging, number, f"link {account} 0834")
    # The account is guarded too: whoever else writes has what is left of its three.
    others = [new_number() for _ in range(3)]
    assert "cannot link" in says(messaging, others[0], f"link {account} 2222")
    assert "cannot link" in says(messaging, others[1], f"link {account} 3333")
    assert "too often" in says(messaging, others[2], f"link {account} 0834")


def test_the_open_question_stays_open(messaging, number):
    an_account(number)
    messaging.engine.plan["hello"] = [reply("utter_ask_location")]
    assert "you owe" in says(messaging, number, "hello", "my balance")
    assert messaging.conversation("sms", number).asking == "location"


def test_words_that_are_the_answer_are_left_alone(messaging, number):
    messaging.engine.plan["hello"] = [reply("utter_ask_reason")]
    says(messaging, number, "hello", "my balance")
    assert messaging.engine.asked[-1]["message"] == "my balance"


def test_a_person_who_took_over_answers(messaging, number):
    an_account(number)
    says(messaging, number, "hello")
    with transaction() as session:
        take_over(session, messaging.conversation("sms", number).id, "zodwa")
    before = len(messaging.messages("sms", number, "out"))
    says(messaging, number, "my balance")
    assert len(messaging.messages("sms", number, "out")) == before


def test_more_accounts_than_fit_are_named_one_by_one(messaging, number):
    accounts = [an_account(number) for _ in range(5)]
    assert "BALANCE" in says(messaging, number, "my balance")
    assert accounts[4][-4:] in says(messaging, number, f"balance {accounts[4]}")
    assert all(m.segments <= 2 for m in messaging.messages("sms", number, "out"))


def test_first_contact_carries_the_notice(messaging, number):
    an_account(number)
    says(messaging, number, "my balance")
    keys = [message.response_key for message in messaging.messages("sms", number, "out")]
    assert "utter_privacy_notice" in keys
    with transaction() as session:
        told = session.execute(
            text("SELECT notice_sent_at FROM addresses WHERE address = :a"), {"a": number}
        ).scalar_one()
    assert told is not None


def test_numbers_do_not_change_the_language(messaging, number):
    account = an_account(phone=number)
    assert "ukweleta" in says(messaging, number, "ibhalansi yami")
    says(messaging, number, f"LINK {account} 0834")
    with transaction() as session:
        language = session.execute(
            text(
                "SELECT c.language FROM conversations c JOIN addresses a ON a.id = c.address_id"
                " WHERE a.address = :number"
            ),
            {"number": number},
        ).scalar_one()
    assert language == "zu"
