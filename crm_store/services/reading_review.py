"""A person looks at a reading: accepts, corrects or rejects it, and whoever sent it is told."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.notices import AccountNoticeKind
from crm_store.domain.refusals import Refusal
from crm_store.domain.region import Region
from crm_store.domain.registers import marked
from crm_store.services.history import record_event
from crm_store.services.locking import locked
from crm_store.services.notices import LONGEST_REASON, plan_account_notice
from crm_store.tables import Address, BatchReading, Conversation, Message, Meter, Reading, new_id

#: Stands among the flags of a reading that staff put right.
CORRECTED = "corrected_by_staff"


class ReadingNotFound(LookupError):
    """There is no such reading to look at; the message says what was sought."""


class ReviewRefused(Refusal):
    """The reading cannot be reviewed so; the message says why and what to do."""


def accept_reading(session: Session, region: Region, reading_id: UUID, actor: str, now: datetime) -> Reading:
    """The reading is right as it is; again changes nothing. Raises ReviewRefused."""
    reading = _current(session, reading_id)
    if reading.reviewed_at is None or reading.state == "flagged":
        _reviewed(session, reading, "accepted", actor, now)
        tell_sender(session, region, reading, "reading_accepted", now)
    return reading


def correct_reading(
    session: Session, region: Region, reading_id: UUID, digits: str, actor: str, now: datetime
) -> Reading:
    """Another reading takes the place of this one, also of one that billing has: it goes there once more.

    Returns the new one; the same digits again change nothing. Raises ReviewRefused.
    """
    old = _current(session, reading_id)
    meter = session.get_one(Meter, old.meter_id)
    value = read_digits(digits, meter.dials)
    if value == old.value:
        return accept_reading(session, region, reading_id, actor, now)
    new = Reading(
        id=new_id(),
        meter_id=meter.id,
        account_number=old.account_number,
        value=value,
        digits=str(value).zfill(meter.dials),
        taken_at=old.taken_at,
        taken_on=old.taken_on,
        state="accepted",
        flags=[*(flag for flag in old.flags if flag in ("early", "late")), CORRECTED],
        channel=old.channel,
        citizen_id=old.citizen_id,
        reviewed_at=now,
        reviewed_by=actor,
    )
    _reviewed(session, old, "superseded", actor, now)
    session.flush()  # at no moment may a meter have two current readings of one day
    session.add(new)
    session.flush()
    old.replaced_by = new.id
    record_event(
        session, "reading", new.id, "corrected", actor=actor, at=now,
        before={"id": old.id, "digits": old.digits}, after={"digits": new.digits, "state": new.state},
    )  # fmt: skip
    tell_sender(
        session,
        region,
        old,
        "reading_corrected",
        now,
        sent=old.digits,
        reading=marked(new.digits, meter.register),
    )
    return new


def reject_reading(
    session: Session, region: Region, reading_id: UUID, reason: str, actor: str, now: datetime
) -> Reading:
    """The reading cannot be used; who sent it is told why, in these words. Raises ReviewRefused."""
    reason = " ".join(reason.split())
    if not reason or len(reason) > LONGEST_REASON:
        raise ReviewRefused(
            "say_reason",
            f"say why in 1 to {LONGEST_REASON} characters: the citizen reads it",
            number=LONGEST_REASON,
        )
    reading = _current(session, reading_id)
    if reading.exported_at is not None:
        batch = session.scalar(select(BatchReading.batch).where(BatchReading.reading_id == reading.id))
        raise ReviewRefused(
            "billing_has",
            f"billing has this reading (batch {batch}), so it cannot be rejected any more: correct it, and "
            "the right one goes to billing in its place",
            batch=batch,
        )
    _reviewed(session, reading, "rejected", actor, now, note=reason)
    tell_sender(session, region, reading, "reading_rejected", now, reason=reason)
    return reading


def read_digits(digits: str, dials: int) -> int:
    """The value of black digits that fit the dial; raises ReviewRefused."""
    compact = digits.replace(" ", "")
    if not (compact.isascii() and compact.isdecimal()) or len(compact) > dials:
        raise ReviewRefused(
            "no_reading",
            f"'{digits}' is no reading of this meter: it shows {dials} black digits",
            dials=dials,
        )
    return int(compact)


def find_reading(session: Session, given: str) -> Reading:
    """By its id, or by the last eight or more characters of the id while it waits. Raises ReadingNotFound."""
    wanted = given.strip().lower()
    found: Sequence[Reading] = ()
    if len(wanted) == 36:
        try:
            reading = session.get(Reading, UUID(wanted))
        except ValueError:
            reading = None
        found = [reading] if reading else []
    elif len(wanted) >= 8:
        waiting = session.scalars(select(Reading).where(Reading.state == "flagged"))
        found = [reading for reading in waiting if str(reading.id).endswith(wanted)]
    if len(found) != 1:
        raise ReadingNotFound(
            f"there is no reading '{given}' to review; `phendula reading review list` has them"
        )
    return found[0]


def _current(session: Session, reading_id: UUID) -> Reading:
    reading = locked(session, Reading, reading_id)
    if reading.state == "superseded":
        raise ReviewRefused(
            "reading_replaced", "another reading took the place of this one meanwhile: review that one"
        )
    if reading.state == "rejected":
        raise ReviewRefused(
            "reading_rejected", "this reading was rejected already: the citizen can send another one"
        )
    return reading


def _reviewed(
    session: Session, reading: Reading, state: str, actor: str, now: datetime, note: str | None = None
) -> None:
    kind = {"accepted": "accepted", "rejected": "rejected"}.get(state, "replaced")
    record_event(
        session, "reading", reading.id, kind, actor=actor, at=now, note=note,
        before={"state": reading.state}, after={"state": state},
    )  # fmt: skip
    reading.state, reading.reviewed_at, reading.reviewed_by, reading.review_note = state, now, actor, note


def tell_sender(
    session: Session, region: Region, about: Reading, kind: AccountNoticeKind, now: datetime, **said: str
) -> None:
    """Plan that whoever sent the reading is told of it, once for each kind; nobody's reading tells nobody."""
    conversation_id = conversation_of(session, about)
    if conversation_id is None:
        return  # it came from nobody who could be told
    values = {
        "account_number": about.account_number,
        "reading": marked(about.digits, session.get_one(Meter, about.meter_id).register),
        "taken_on": about.taken_on.isoformat(),
        **said,
    }
    plan_account_notice(session, region, conversation_id, kind, f"reading:{about.id}:{kind}", now, **values)


def conversation_of(session: Session, reading: Reading) -> UUID | None:
    """Where the reading came from; else where its citizen wrote last."""
    if reading.source_message_id is not None:
        return session.get_one(Message, reading.source_message_id).conversation_id
    if reading.citizen_id is None:
        return None
    return session.scalar(
        select(Conversation.id)
        .join(Address, Address.id == Conversation.address_id)
        .where(Address.citizen_id == reading.citizen_id)
        .order_by(Conversation.last_inbound_at.desc().nulls_last())
        .limit(1)
    )
