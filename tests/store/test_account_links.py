"""Who hears what is private of an account: the phone on file, and those who gave proof."""

import itertools

import pytest
from sqlalchemy import event, select, text

from crm_store.queries.account_links import links_of_account
from crm_store.services.account_links import (
    UnknownAccount,
    is_linked,
    link_account,
    linked_accounts,
    unlink_account,
)
from crm_store.services.account_proofs import id_hash
from crm_store.services.accounts import import_accounts, use_account
from crm_store.tables import Account, Address
from tests.store.people import NOW, SIPHO, THANDI, events, writes

ACCOUNT = "41006273"


@pytest.fixture
def account(session):
    account = Account(account_number=ACCOUNT, municipality="KDM", phone=THANDI, holder="T Dlamini")
    session.add(account)
    session.flush()
    return account


@pytest.fixture
def citizen(session):
    def of(address, **more):
        writes(session, address=address, **more)
        return session.scalar(select(Address.citizen_id).where(Address.address == address))

    return of


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_the_phone_on_file_is_linked(session, account, citizen, channel):
    thandi = citizen(THANDI, channel=channel)
    assert is_linked(session, thandi, ACCOUNT)
    assert [linked.account_number for linked in linked_accounts(session, thandi)] == [ACCOUNT]


def test_another_phone_is_not_however_often_it_used_the_account(session, account, citizen):
    sipho = citizen(SIPHO)
    use_account(session, sipho, ACCOUNT, NOW)
    assert not is_linked(session, sipho, ACCOUNT)
    assert linked_accounts(session, sipho) == []


def test_a_chat_id_is_no_phone_on_file(session, account, citizen):
    account.phone = "4242"
    assert not is_linked(session, citizen("4242", channel="telegram"), ACCOUNT)


def test_a_phone_that_billing_replaced_hears_nothing_more(session, account, citizen):
    thandi = citizen(THANDI)
    account.phone = SIPHO
    assert not is_linked(session, thandi, ACCOUNT)


def test_proof_links_until_it_is_withdrawn(session, account, citizen):
    sipho = citizen(SIPHO)
    use_account(session, sipho, ACCOUNT, NOW)
    for _ in range(2):
        link_account(session, sipho, ACCOUNT, "agent", "agent:zodwa", NOW)
    assert is_linked(session, sipho, ACCOUNT)
    assert unlink_account(session, sipho, ACCOUNT, "agent:zodwa", NOW)
    assert not unlink_account(session, sipho, ACCOUNT, "agent:zodwa", NOW)
    assert not is_linked(session, sipho, ACCOUNT)
    assert events(session, ACCOUNT) == [("linked", "agent:zodwa"), ("unlinked", "agent:zodwa")]


def test_closed_and_unknown_accounts_are_linked_to_nobody(session, account, citizen):
    thandi = citizen(THANDI)
    account.closed_at = NOW.date()
    assert not is_linked(session, thandi, ACCOUNT)
    for number in (ACCOUNT, "99999999"):
        with pytest.raises(UnknownAccount):
            link_account(session, thandi, number, "agent", "agent:zodwa", NOW)


def test_a_new_holder_ends_what_the_former_one_proved(session, account, citizen, tmp_path):
    sipho = citizen(SIPHO)
    link_account(session, sipho, ACCOUNT, "id_number", "citizen", NOW)
    header = "account_number,municipality,service,meter_number,dials,holder\n"
    for holder, linked in (("T Dlamini", True), ("P Naidoo", False)):
        file = tmp_path / "accounts.csv"
        file.write_text(f"{header}{ACCOUNT},KDM,water,W1,5,{holder}\n")
        import_accounts(session, file, {"KDM"})
        assert is_linked(session, sipho, ACCOUNT) is linked
    assert ("unlinked", "import") in events(session, ACCOUNT)


def test_the_file_brings_the_id_and_a_new_holder_takes_it_away(session, account, tmp_path):
    header = "account_number,municipality,service,meter_number,dials,holder,id_last4\n"
    file = tmp_path / "accounts.csv"

    def imported(holder, last4):
        file.write_text(f"{header}{ACCOUNT},KDM,water,W1,5,{holder},{last4}\n")
        result = import_accounts(session, file, {"KDM"})
        return result, session.get_one(Account, ACCOUNT, populate_existing=True).id_last4_hash

    first, kept = imported("T Dlamini", "834")
    assert (first.rejected, kept) == ([], id_hash(ACCOUNT, "0834"))
    again, kept = imported("T Dlamini", "0834")
    assert (again.unchanged, kept) == (1, id_hash(ACCOUNT, "0834"))
    assert imported("T Dlamini", "")[1] == id_hash(ACCOUNT, "0834")
    assert imported("P Naidoo", "")[1] is None
    wrong, _ = imported("P Naidoo", "8A4")
    assert [(fault[1]) for fault in wrong.rejected] == ["id_last4"]


def test_who_is_linked_is_listed(session, account, citizen):
    citizen(THANDI)
    sipho = citizen(SIPHO, channel="whatsapp")
    link_account(session, sipho, ACCOUNT, "agent", "agent:zodwa", NOW)
    found = [(link.channel, link.address, link.proof) for link in links_of_account(session, ACCOUNT)]
    assert found == [("sms", THANDI, "phone_on_file"), ("whatsapp", SIPHO, "agent")]
    assert links_of_account(session, "99999999") == []


def test_a_regions_accounts_are_not_all_looked_at(session, account, citizen):
    """With a million accounts that took a fifth of a second for every reading."""
    session.execute(
        text(
            "INSERT INTO accounts (account_number, municipality, phone)"
            " SELECT 'X' || number, 'KDM', '+2761' || lpad(number::text, 7, '0')"
            " FROM generate_series(1, 20000) AS number"
        )
    )
    session.execute(text("ANALYZE accounts"))
    thandi, plans = citizen(THANDI), []

    def explain(connection, cursor, statement, parameters, context, many):
        if "accounts" in statement and not statement.startswith("EXPLAIN"):
            cursor.execute(f"EXPLAIN {statement}", parameters)
            plans.append("\n".join(row[0] for row in cursor.fetchall()))

    session.flush()
    event.listen(session.connection(), "before_cursor_execute", explain)
    assert [linked.account_number for linked in linked_accounts(session, thandi)] == [ACCOUNT]
    assert is_linked(session, thandi, ACCOUNT)
    assert len(plans) == 2
    for plan in plans:
        lines = plan.splitlines()
        for scan, condition in itertools.pairwise(lines):
            assert " on accounts" not in scan or "Index Cond" in condition, plan
