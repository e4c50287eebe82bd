"""Forms stored: what people say at a counter, on the telephone or on the web becomes the same cases.

Each form carries a key of its own. A double click, a reload or a retried request stores it once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.domain.typed_values import takes_sms
from crm_store.services.accounts import use_account
from crm_store.services.cases import NewCase, add_detail, open_case
from crm_store.services.confidence import case_for, insist_on_access, make_anonymous
from crm_store.services.inbox import conversation_with, storable
from crm_store.services.incident_cases import is_current, told_of
from crm_store.services.media import keep_form_picture
from crm_store.services.notices import plan_notice
from crm_store.services.reading_outcomes import ReadingOutcome
from crm_store.services.readings import outcome_of_stored
from crm_store.services.typed_readings import record_typed
from crm_store.tables import Address, Capture, Case, Citizen, Conversation, Incident, Reading, new_id

CaptureChannel = Literal["walk_in", "phone", "web"]
BY_NUMBER = ("sms", "whatsapp")


class NumberOfAnother(ValueError):
    """The telephone number belongs to the record of another person."""

    def __init__(self, citizen_id: UUID) -> None:
        self.citizen_id = citizen_id
        super().__init__("this number belongs to another person's record")


class UnknownPerson(LookupError):
    """There is no record of this person any more."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who speaks. `citizen_id`: the record that staff chose; `phone` as '+2782…'; nothing: nobody named.

    `updates`: they agreed to messages about the case at that number.
    """

    citizen_id: UUID | None = None
    phone: str | None = None
    name: str | None = None
    language: str | None = None
    updates: bool = True


@dataclass(frozen=True)
class Picture:
    """A picture whose file is written."""

    sha256: str
    content_type: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class CapturedCase:
    """A form that opens a case. `told_in`: the municipality of the counter; `anonymous`: not to be named."""

    key: UUID
    channel: CaptureChannel
    person: Person
    case_class: str
    category: str
    description: str
    place: str | None = None
    location_text: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    account_number: str | None = None
    disputed_amount: Decimal | None = None
    reading: str | None = None
    period: str | None = None
    emergency: bool = False
    anonymous: bool = False
    told_in: str | None = None
    pictures: Sequence[Picture] = ()


def capture_case(session: Session, region: Region, form: CapturedCase, actor: str, now: datetime) -> Case:
    """Open the form's case, and tell its reference by SMS to whoever agreed; again returns that case.

    `actor`: 'citizen' or 'agent:<user>'. Raises NumberOfAnother, UnknownPerson.
    """
    stored = _take_key(session, form.key, form.channel, actor, now)
    if stored.case_id is not None:
        return session.get_one(Case, stored.case_id)
    citizen_id, conversation = _who(session, form.person, by_staff=actor != "citizen")
    reached = form.person.phone is None or takes_sms(form.person.phone)
    telling = conversation if form.person.updates and reached else None
    case = open_case(
        session,
        region,
        NewCase(
            case_class=form.case_class,
            category=form.category,
            description=form.description,
            conversation_id=telling.id if telling else None,
            citizen_id=citizen_id,
            place=form.place,
            location_text=form.location_text,
            latitude=form.latitude,
            longitude=form.longitude,
            account_number=form.account_number,
            disputed_amount=form.disputed_amount,
            reading=form.reading,
            period=form.period,
            language=form.person.language,
            emergency=form.emergency,
            channel=form.channel,
            told_in=form.told_in,
        ),
        now,
        actor,
    )
    stored.case_id = case.id
    if form.anonymous and case.confidential:
        make_anonymous(session, case, now)
    for picture in form.pictures:
        keep_form_picture(session, case, picture.sha256, picture.content_type, picture.size_bytes, now)
    if telling is not None:
        _tell(session, region, case, now)
    session.flush()
    return case


def capture_detail(
    session: Session,
    region: Region,
    key: UUID,
    channel: CaptureChannel,
    reference: str,
    words: str,
    actor: str,
    now: datetime,
) -> Case:
    """Add what the person says now to a case of theirs, once. Raises CaseNotFound, NotForThem."""
    stored = _take_key(session, key, channel, actor, now)
    if stored.case_id is not None:
        return session.get_one(Case, stored.case_id)
    case = case_for(session, region, reference, actor)
    add_detail(session, reference, words, actor, now=now)
    stored.case_id, stored.added = case.id, True
    session.flush()
    return case


def capture_reading(
    session: Session,
    region: Region,
    *,
    key: UUID,
    channel: CaptureChannel,
    person: Person,
    account_number: str | None,
    meter_number: str | None,
    digits: str,
    service: str | None,
    insists: bool,
    actor: str,
    now: datetime,
) -> ReadingOutcome:
    """Take a reading that was brought or rung in; anything but 'taken' leaves nothing but a remembered doubt.

    `digits`: of a meter with several registers all of them, each with its name (`record_typed`).
    Raises NumberOfAnother, UnknownPerson.
    """
    stored = _take_key(session, key, channel, actor, now)
    if stored.reading_id is not None:
        return outcome_of_stored(session, region, session.get_one(Reading, stored.reading_id))
    taken = record_typed(
        session,
        region,
        digits,
        account_number=account_number,
        meter_number=meter_number,
        service=service,
        insists=insists,
        now=now,
        actor=actor,
    )
    outcome = taken[0]
    if outcome.kind != "taken" or outcome.reading_id is None:
        session.delete(stored)
        session.flush()
        return outcome
    citizen_id, _ = _who(session, person, by_staff=actor != "citizen")
    readings = [session.get_one(Reading, one.reading_id) for one in taken]
    for reading in readings:
        reading.channel, reading.citizen_id = channel, citizen_id
    if citizen_id is not None:
        use_account(session, citizen_id, readings[0].account_number, now)
    stored.reading_id = readings[0].id
    session.flush()
    return outcome


def send_receipt(session: Session, region: Region, case: Case, actor: str, now: datetime) -> None:
    """Send the slip of the case by SMS, once, when the person agrees afterwards. Raises NotForThem."""
    insist_on_access(session, region, case, actor)
    if case.conversation_id is None and case.citizen_id is not None:
        conversation = conversation_of(session, case.citizen_id)
        if conversation is not None:
            case.conversation_id = conversation.id
    if case.conversation_id is not None:
        plan_notice(session, region, case, "captured", now)


def conversation_of(session: Session, citizen_id: UUID) -> Conversation | None:
    """Where to write to the person: their number by SMS, else the chat they last wrote in; None: nowhere."""
    number = session.scalar(
        select(Address.address)
        .where(Address.citizen_id == citizen_id, Address.channel.in_(BY_NUMBER))
        .order_by((Address.channel == "sms").desc(), Address.created_at.desc())
        .limit(1)
    )
    if number is not None:
        return conversation_with(session, "sms", number, None)
    return session.scalar(
        select(Conversation)
        .join(Address, Address.id == Conversation.address_id)
        .where(Address.citizen_id == citizen_id)
        .order_by(Conversation.last_inbound_at.desc().nulls_last())
        .limit(1)
    )


def _take_key(session: Session, key: UUID, channel: CaptureChannel, actor: str, now: datetime) -> Capture:
    """The row of the form's key, made or found; whoever sends the same form at this moment waits here."""
    session.execute(
        insert(Capture)
        .values(key=key, channel=channel, captured_by=actor, created_at=now)
        .on_conflict_do_nothing()
    )
    return session.get_one(Capture, key, with_for_update=True, populate_existing=True)


def _who(session: Session, person: Person, *, by_staff: bool) -> tuple[UUID | None, Conversation | None]:
    """The person's record, found or made, and where to write to them."""
    name = storable(" ".join((person.name or "").split())) or None
    citizen = _chosen(session, person.citizen_id) if person.citizen_id else None
    conversation = None
    if person.phone is not None:
        conversation = _at_number(session, person.phone, name, citizen)
        owner = session.get_one(Address, conversation.address_id).citizen_id
        citizen = citizen or session.get_one(Citizen, owner)
    elif citizen is not None:
        conversation = conversation_of(session, citizen.id)
    elif name is not None:
        citizen = Citizen(id=new_id(), name=name)
        session.add(citizen)
        session.flush()
    if citizen is None:
        return None, None
    if by_staff and citizen.name is None:
        citizen.name = name
    citizen.language = citizen.language or person.language
    if conversation is not None:
        conversation.language = conversation.language or person.language
    return citizen.id, conversation


def _chosen(session: Session, citizen_id: UUID) -> Citizen:
    """The chosen record, or the one that it was merged into meanwhile."""
    citizen = session.get(Citizen, citizen_id)
    while citizen is not None and citizen.merged_into_id is not None:
        citizen = session.get(Citizen, citizen.merged_into_id)
    if citizen is None:
        raise UnknownPerson("there is no record of this person any more: look them up again")
    return citizen


def _at_number(session: Session, phone: str, name: str | None, citizen: Citizen | None) -> Conversation:
    """The conversation by SMS with the number; a number nobody has becomes the chosen person's."""
    if citizen is None:
        return conversation_with(session, "sms", phone, name)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(phone, 0))))
    owner = session.scalar(
        select(Address.citizen_id).where(Address.address == phone, Address.channel.in_(BY_NUMBER)).limit(1)
    )
    if owner is None:
        session.add(Address(id=new_id(), citizen_id=citizen.id, channel="sms", address=phone))
        session.flush()
        row = session.scalars(select(Address).where(Address.channel == "sms", Address.address == phone)).one()
        session.add(Conversation(id=new_id(), address_id=row.id))
        session.flush()
    elif owner != citizen.id:
        raise NumberOfAnother(owner)
    return conversation_with(session, "sms", phone, name)


def _tell(session: Session, region: Region, case: Case, now: datetime) -> None:
    """The receipt; who reports what is known already hears that instead, with the same reference."""
    incident = session.get(Incident, case.incident_id) if case.incident_id else None
    if incident is not None and is_current(incident, now):
        plan_notice(session, region, case, "incident_known", now, **told_of(incident))
    else:
        plan_notice(session, region, case, "captured", now)


def forms_from(session: Session, phone: str, since: datetime) -> int:
    """How many forms on the web have named this number since then."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Case)
            .join(Address, Address.citizen_id == Case.citizen_id)
            .where(Address.channel == "sms", Address.address == phone)
            .where(Case.channel == "web", Case.opened_at > since)
        )
        or 0
    )


def conversation_known(session: Session, citizen_id: UUID) -> bool:
    """Whether there is a number or a chat by which the person can be told."""
    return session.scalar(select(Address.id).where(Address.citizen_id == citizen_id).limit(1)) is not None
