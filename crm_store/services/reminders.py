"""Reminders to read the meter: wished for, given on the account's read day, and at most once more."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_store.domain.reading_days import next_read_day, second_reminder_on, window_around
from crm_store.domain.region import Region
from crm_store.services.account_links import linked_accounts
from crm_store.services.history import record_event
from crm_store.services.notices import plan_account_notice
from crm_store.tables import Account, Address, Conversation, Reading, ReadingReminder
from crm_store.tables.readings import CURRENT

#: Who has more accounts than this is no household: their readings come by other ways.
MOST_ACCOUNTS = 5
_BATCH = 500


def want_reminders(session: Session, region: Region, conversation_id: UUID, now: datetime) -> list[Account]:
    """Remind this conversation from now on; returns the accounts, none when it has none with a read day.

    They are those linked to the person, and those whose reading the person has sent.
    """
    today = _local_day(region, now)
    accounts = [account for account in _own_accounts(session, conversation_id) if account.read_day]
    for account in accounts[:MOST_ACCOUNTS]:
        day = next_read_day(account.read_day or 1, today)
        session.execute(
            insert(ReadingReminder)
            .values(
                conversation_id=conversation_id,
                account_number=account.account_number,
                read_on=day,
                next_on=day,
                created_at=now,
            )
            .on_conflict_do_nothing()
        )
    if accounts:
        record_event(
            session, "conversation", conversation_id, "reminders_wanted", actor="citizen", at=now,
            after={"accounts": [account.account_number for account in accounts[:MOST_ACCOUNTS]]},
        )  # fmt: skip
    return accounts[:MOST_ACCOUNTS]


def want_no_reminders(session: Session, conversation_id: UUID, now: datetime) -> None:
    """Remind this conversation no more; again changes nothing."""
    gone = session.scalars(
        delete(ReadingReminder)
        .where(ReadingReminder.conversation_id == conversation_id)
        .returning(ReadingReminder.account_number)
    ).all()
    if gone:
        record_event(
            session, "conversation", conversation_id, "reminders_ended", actor="citizen", at=now,
            before={"accounts": list(gone)},
        )  # fmt: skip


def plan_reminders(session: Session, region: Region, now: datetime) -> int:
    """Plan what is due today, a batch in the caller's transaction; returns how many rows were dealt with.

    Call it until it returns 0. Safe in several processes; a day on which nothing ran is made up for while the
    window is open.
    """
    today = _local_day(region, now)
    due = session.scalars(
        select(ReadingReminder)
        .where(ReadingReminder.next_on <= today)
        .order_by(ReadingReminder.next_on)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for reminder in due:
        _remind(session, region, reminder, today, now)
    session.flush()
    return len(due)


def _remind(session: Session, region: Region, reminder: ReadingReminder, today: date, now: datetime) -> None:
    account = session.get_one(Account, reminder.account_number)
    if account.closed_at is not None or not account.read_day:
        session.delete(reminder)
        return
    first, last = window_around(reminder.read_on, region.readings)
    if today <= last and not _has_reading(session, account.account_number, first):
        second = reminder.next_on > reminder.read_on
        plan_account_notice(
            session,
            region,
            reminder.conversation_id,
            "reminder",
            f"reminder:{reminder.conversation_id}:{account.account_number}:{reminder.read_on}:{int(second)}",
            now,
            account_number=account.account_number,
            expected_at=datetime(
                last.year, last.month, last.day, 12, tzinfo=ZoneInfo(region.timezone)
            ).isoformat(),
        )
        again_on = second_reminder_on(reminder.read_on, region.readings)
        if not second and again_on > today:
            reminder.next_on = again_on
            return
    reminder.read_on = reminder.next_on = next_read_day(account.read_day, max(today, reminder.read_on))


def _has_reading(session: Session, account_number: str, since: date) -> bool:
    return bool(
        session.scalar(
            select(
                exists().where(
                    Reading.account_number == account_number,
                    Reading.taken_on >= since,
                    Reading.state.in_(CURRENT),
                )
            )
        )
    )


def _own_accounts(session: Session, conversation_id: UUID) -> list[Account]:
    conversation = session.get_one(Conversation, conversation_id)
    citizen_id = session.get_one(Address, conversation.address_id).citizen_id
    linked = linked_accounts(session, citizen_id)
    sent = session.scalars(
        select(Account)
        .where(
            Account.closed_at.is_(None),
            exists().where(
                Reading.account_number == Account.account_number,
                Reading.citizen_id == citizen_id,
                Reading.state.in_(CURRENT),
            ),
        )
        .order_by(Account.account_number)
        .limit(MOST_ACCOUNTS)
    ).all()
    own = {account.account_number: account for account in (*linked, *sent)}
    return list(own.values())


def _local_day(region: Region, now: datetime) -> date:
    return now.astimezone(ZoneInfo(region.timezone)).date()
