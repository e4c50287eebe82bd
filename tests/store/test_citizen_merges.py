"""Two records of one person made one and parted again: nothing is lost, nothing changes hands."""

from datetime import timedelta
from functools import cache
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.database import sql_engine
from crm_store.domain.municipality import load_region
from crm_store.queries.citizens import citizen_json
from crm_store.services.account_links import is_linked, link_account, linked_accounts
from crm_store.services.accounts import use_account
from crm_store.services.cases import NewCase, open_case
from crm_store.services.citizen_merges import MergeRefused, merge_citizens, part_citizens
from crm_store.services.citizen_records import add_note, rename_citizen, tell_progress
from crm_store.services.citizens import erase_citizen
from crm_store.services.conversations import citizen_of
from crm_store.services.readings import record_reading
from crm_store.tables import (
    Account,
    Address,
    Case,
    Citizen,
    CitizenAccount,
    CitizenMerge,
    CitizenNote,
    Meter,
    Reading,
)
from crm_store.texts import ROOT
from tests.store.people import NOW, SIPHO, THANDI, events, writes

CLERK = "agent:thandeka"
ACCOUNTS = ("41006273", "41006274")


def of(session, address) -> tuple[UUID, UUID]:
    """The citizen and the conversation of a number."""
    accepted = writes(session, address=address)
    return citizen_of(session, accepted.conversation_id), accepted.conversation_id


def report(session, region, conversation_id=None, citizen_id=None, at=NOW):
    new = NewCase(
        case_class="complaint", category="roads", description="x",
        conversation_id=conversation_id, citizen_id=citizen_id,
    )  # fmt: skip
    return open_case(session, region, new, at)


@pytest.fixture
def accounts(session):
    for number in ACCOUNTS:
        session.add(Account(account_number=number, municipality="KDM"))
        session.flush()
        session.add(Meter(account_number=number, service="water", meter_number=f"W{number}", dials=5))
    session.flush()


def test_everything_is_on_one_record_and_comes_back(session, region, accounts):
    kept, _ = of(session, SIPHO)
    gone, chat = of(session, THANDI)
    case = report(session, region, chat)
    add_note(session, gone, "hard of hearing", CLERK, NOW)
    rename_citizen(session, gone, "Thandi Mkhize", CLERK, NOW)
    link_account(session, gone, ACCOUNTS[0], "agent", CLERK, NOW)
    merge = merge_citizens(session, kept, gone, CLERK, NOW)
    assert session.get_one(Case, case.id).citizen_id == kept
    assert citizen_of(session, chat) == kept
    assert session.get_one(Citizen, kept).name == "Thandi Mkhize"
    assert is_linked(session, kept, ACCOUNTS[0])
    assert [case["reference"] for case in citizen_json(session, kept)["cases"]] == [case.reference]
    assert events(session, kept)[-1] == ("merged", CLERK)
    part_citizens(session, merge.id, CLERK, NOW)
    part_citizens(session, merge.id, CLERK, NOW)
    assert session.get_one(Case, case.id).citizen_id == gone
    assert citizen_of(session, chat) == gone
    assert session.get_one(Citizen, kept).name is None
    assert session.get_one(Citizen, gone).merged_into_id is None
    assert [account.account_number for account in linked_accounts(session, kept)] == []
    assert is_linked(session, gone, ACCOUNTS[0])
    assert [kind for kind, _ in events(session, kept)].count("parted") == 1


def test_what_came_in_between_stays_with_whom_it_was_written_to(session, region, accounts):
    kept, own_chat = of(session, SIPHO)
    gone, chat = of(session, THANDI)
    merge = merge_citizens(session, kept, gone, CLERK, NOW)
    later = NOW + timedelta(hours=1)
    from_gone, from_kept = (
        report(session, region, chat, at=later),
        report(session, region, own_chat, at=later),
    )
    at_counter = report(session, region, citizen_id=kept, at=later)
    sent = writes(session, address=THANDI)
    record_reading(session, region, account_number=ACCOUNTS[0], digits="100", now=later,
                   conversation_id=sent.conversation_id, message_id=sent.message_id)  # fmt: skip
    on_whatsapp = writes(session, address=THANDI, channel="whatsapp")
    assert citizen_of(session, on_whatsapp.conversation_id) == kept
    part_citizens(session, merge.id, CLERK, later)
    owners = [session.get_one(Case, case.id).citizen_id for case in (from_gone, from_kept, at_counter)]
    assert owners == [gone, kept, kept]
    assert session.scalars(select(Reading.citizen_id)).all() == [gone]
    assert citizen_of(session, on_whatsapp.conversation_id) == gone


def test_a_proof_that_ended_meanwhile_is_not_given_back(session, region, accounts):
    kept, _ = of(session, SIPHO)
    gone, _ = of(session, THANDI)
    link_account(session, gone, ACCOUNTS[0], "id_number", "citizen", NOW)
    merge = merge_citizens(session, kept, gone, CLERK, NOW)
    session.get_one(CitizenAccount, (kept, ACCOUNTS[0])).proof = "used"
    session.flush()
    part_citizens(session, merge.id, CLERK, NOW)
    assert not is_linked(session, gone, ACCOUNTS[0])
    assert not is_linked(session, kept, ACCOUNTS[0])


def test_the_others_proof_does_not_stay_with_the_kept_record(session, region, accounts):
    kept, _ = of(session, SIPHO)
    gone, _ = of(session, THANDI)
    link_account(session, gone, ACCOUNTS[0], "agent", CLERK, NOW)
    merge = merge_citizens(session, kept, gone, CLERK, NOW)
    use_account(session, kept, ACCOUNTS[0], NOW + timedelta(hours=1))
    part_citizens(session, merge.id, CLERK, NOW)
    assert is_linked(session, gone, ACCOUNTS[0])
    assert not is_linked(session, kept, ACCOUNTS[0])


def test_merges_are_undone_last_one_first(session, region):
    first, second, third = (of(session, f"+2782123456{n}")[0] for n in range(3))
    one = merge_citizens(session, first, second, CLERK, NOW)
    two = merge_citizens(session, first, third, CLERK, NOW)
    for refused in ((first, first), (first, second), (second, first)):
        with pytest.raises(MergeRefused):
            merge_citizens(session, *refused, CLERK, NOW)
    with pytest.raises(MergeRefused, match="later merge"):
        part_citizens(session, one.id, CLERK, NOW)
    part_citizens(session, two.id, CLERK, NOW)
    part_citizens(session, one.id, CLERK, NOW)
    assert {session.get_one(Citizen, one).merged_into_id for one in (first, second, third)} == {None}


def test_who_is_forgotten_is_forgotten_in_all_their_records(session, region):
    kept, _ = of(session, SIPHO)
    gone, _ = of(session, THANDI)
    rename_citizen(session, gone, "Thandi Mkhize", CLERK, NOW)
    add_note(session, gone, "hard of hearing", CLERK, NOW)
    merge_citizens(session, kept, gone, CLERK, NOW)
    erase_citizen(session, kept, CLERK, NOW, reason="asked in person")
    assert [one.name for one in session.scalars(select(Citizen))] == [None, None]
    assert session.scalars(select(CitizenNote)).all() == []
    assert session.scalars(select(CitizenMerge)).all() == []
    assert not any("Thandi" in str(row) for row in session.execute(
        select(Address.address, Citizen.name).join(Citizen, Citizen.id == Address.citizen_id)))  # fmt: skip
    assert events(session, kept)[-1] == ("erased", CLERK)


# --- whatever happens in between -------------------------------------------------------------------


@cache
def ilembe():
    return load_region(ROOT / "municipalities/ilembe.yml")


NUMBERS = ("+27821000001", "+27821000002", "+27821000003")
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["case", "reading", "note", "use", "link", "name", "updates", "counter"]),
        st.integers(0, 2),
        st.integers(0, 1),
    ),
    max_size=8,
)


def state(session: Session) -> dict[str, set[tuple[object, ...]]]:
    """Whose everything is, and what the records say."""
    session.flush()
    session.expire_all()
    return {
        "owners": {
            (table.__name__, row.id, row.citizen_id)
            for table in (Address, Case, Reading, CitizenNote)
            for row in session.scalars(select(table))
        },
        "accounts": {
            (row.citizen_id, row.account_number, row.proof, row.created_at, row.last_used_at)
            for row in session.scalars(select(CitizenAccount))
        },
        "people": {
            (row.id, row.name, row.no_updates_at, row.merged_into_id)
            for row in session.scalars(select(Citizen))
        },
    }


def do(session, region, deed, people, chats, step):
    """One deed; `people` are those whom the numbers belong to at this moment."""
    kind, who, which = deed
    at = NOW + timedelta(minutes=step)
    citizen = citizen_of(session, chats[who])
    match kind:
        case "case":
            report(session, region, chats[who], at=at)
        case "counter":
            report(session, region, citizen_id=citizen, at=at)
        case "reading":
            sent = writes(session, address=NUMBERS[who])
            record_reading(session, region, account_number=ACCOUNTS[which], digits=f"{step + 1:05}", now=at,
                           conversation_id=sent.conversation_id, message_id=sent.message_id)  # fmt: skip
        case "note":
            add_note(session, citizen, f"note {step}", CLERK, at)
        case "use":
            use_account(session, citizen, ACCOUNTS[which], at)
        case "link":
            link_account(session, citizen, ACCOUNTS[which], "agent", CLERK, at)
        case "name":
            rename_citizen(session, citizen, f"Name {step}", CLERK, at)
        case "updates":
            tell_progress(session, citizen, bool(which), CLERK, at)


@given(before=DEEDS, between=DEEDS, pairs=st.permutations(range(3)))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_merged_and_parted_everything_is_where_it_was(database_url, before, between, pairs):
    region = ilembe()
    with Session(sql_engine(), expire_on_commit=False) as session:
        for number in ACCOUNTS:
            session.add(Account(account_number=number, municipality="KDM"))
            session.flush()
            session.add(Meter(account_number=number, service="water", meter_number=f"W{number}", dials=5))
        people, chats = zip(*(of(session, number) for number in NUMBERS), strict=True)
        for step, deed in enumerate(before):
            do(session, region, deed, people, chats, step)
        was = state(session)
        kept, second, third = (people[n] for n in pairs)
        later = NOW + timedelta(hours=1)
        merges = [merge_citizens(session, kept, gone, CLERK, later) for gone in (second, third)]
        merged = state(session)
        assert {owner for *_, owner in merged["owners"]} == {kept}
        for step, deed in enumerate(between, start=100):
            do(session, region, deed, people, chats, step)
        for merge in reversed(merges):
            part_citizens(session, merge.id, CLERK, later)
        now = state(session)
        assert was["owners"] <= now["owners"]
        if not between:
            assert now == was
        # A case or a reading by message is its number's; what is no message's stayed with the kept record.
        for case in session.scalars(select(Case)):
            if case.conversation_id is not None:
                assert case.citizen_id == people[chats.index(case.conversation_id)]
            elif case.opened_at >= later:
                assert case.citizen_id == kept
        # Nobody else's account became theirs: those that did not touch one have it as before.
        for person in (second, third):
            mine = {row[:3] for row in was["accounts"] if row[0] == person}
            assert mine == {row[:3] for row in now["accounts"] if row[0] == person}
        session.rollback()
