"""Cases: opened once per report, routed and dated by the rules, and never changed without an event."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_store.domain.cases import Stage, is_confidential, is_open, priority_of
from crm_store.domain.clocks import Calendar, due_at, first_response_level, service_level
from crm_store.domain.promises import Promise
from crm_store.domain.references import digits_of, new_reference
from crm_store.domain.refusals import Refusal
from crm_store.domain.region import Place, Region
from crm_store.domain.routing import Route, follow_up_date, route
from crm_store.services.accounts import use_account
from crm_store.services.gathering import gather_report
from crm_store.services.history import changing, record_event
from crm_store.services.holds import place_hold
from crm_store.services.inbox import storable
from crm_store.tables import Account, Address, Case, Conversation, Event, new_id

#: Of 9,000,000 references few are taken; ten refusals in a row mean that something else is wrong.
_TRIES = 10


class CaseNotFound(LookupError):
    """There is no case with this reference."""


class MoveRefused(Refusal):
    """This cannot be done to the case as it stands; the message says why."""


@dataclass(frozen=True, kw_only=True)
class NewCase:
    """What is known when a case is opened. `place` is a name of the gazetteer, `location_text` as written."""

    case_class: str
    category: str
    description: str
    conversation_id: UUID | None = None
    source_message_id: UUID | None = None
    source_ordinal: int = 0
    place: str | None = None
    location_text: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    account_number: str | None = None
    meter_number: str | None = None
    disputed_amount: Decimal | str | None = None
    reading: str | None = None
    period: str | None = None
    reason: str | None = None
    person: str | None = None
    language: str | None = None
    emergency: bool = False
    channel: str | None = None
    #: whose it is when no conversation says so; and where it was told, when nothing says where it is
    citizen_id: UUID | None = None
    told_in: str | None = None
    #: when the person told it, if that was before now: the promise counts from then
    told_at: datetime | None = None
    #: who deals with it, where somebody knows better than the rules
    to: Route | None = None
    #: whatever its kind says
    confidential: bool = False


def open_case(session: Session, region: Region, new: NewCase, now: datetime, actor: str = "bot") -> Case:
    """Open the case: routed by category and place, due by its service level, with a reference of its own.

    Called again for the same (source_message_id, source_ordinal) it returns the case that is there.
    """
    existing = _from_message(session, new)
    if existing is not None:
        return existing
    conversation = session.get(Conversation, new.conversation_id) if new.conversation_id else None
    # Shared with nobody who makes two records of a person one at this moment (citizen_merges).
    address = (
        session.get(Address, conversation.address_id, with_for_update={"read": True}, populate_existing=True)
        if conversation
        else None
    )
    citizen_id = address.citizen_id if address else new.citizen_id
    place = region.place_named(new.place) if new.place else None
    at = _municipality_of(session, region, new, place, citizen_id)
    to = new.to or route(region, new.category, at, place, f"{new.location_text or ''} {new.description}")
    told_at = new.told_at or now
    priority = priority_of(new.case_class, new.emergency)
    rule = service_level(region, new.case_class, new.category, priority, to.municipality)
    first = first_response_level(region, rule, priority, to.municipality)
    promise = Promise(told_at, rule, Calendar.of(region, to.municipality))
    values: dict[str, Any] = {
        "case_class": new.case_class,
        "category": new.category,
        "priority": priority,
        "stage": "referred" if to.referred_to else "new",
        "confidential": new.confidential or is_confidential(region, new.case_class, new.category),
        "description": storable(new.description),
        "place": new.place,
        "location_text": storable(new.location_text),
        "latitude": new.latitude,
        "longitude": new.longitude,
        "municipality": to.municipality,
        "department": to.department,
        "referred_to": to.referred_to,
        "account_number": new.account_number,
        "meter_number": new.meter_number,
        "disputed_amount": Decimal(new.disputed_amount) if new.disputed_amount is not None else None,
        "reading": new.reading,
        "period": new.period,
        "reason": storable(new.reason),
        "person": storable(new.person),
        "language": new.language or (conversation.language if conversation else None),
        "channel": new.channel or (address.channel if address else None),
        "citizen_id": citizen_id,
        "conversation_id": new.conversation_id,
        "source_message_id": new.source_message_id,
        "source_ordinal": new.source_ordinal,
        "opened_at": told_at,
        "clock": Promise.as_stored(told_at, to.municipality, rule),
        # The reference is the acknowledgement: it is given in the transaction that opens the case.
        "acknowledged_at": now,
        "first_response_due_at": due_at(told_at, first, promise.calendar),
        "due_at": promise.due_at,
        "next_step_at": promise.next_step(region.escalation, 0),
        "delay_notice_at": promise.tell_delay_at(region.telling.delay_at_percent)
        if new.case_class != "compliment"
        else None,
        "follow_up_on": follow_up_date(region, to.municipality, to.referred_to, now),
    }
    case = _insert(session, region.municipalities[to.municipality].letters, values)
    if case is None:  # the same message was worked on at the same moment elsewhere, and its case is there now
        existing = _from_message(session, new)
        if existing is None:
            raise RuntimeError("no free reference was found")
        return existing
    if conversation is not None:
        conversation.last_case_id = case.id
    if citizen_id is not None and new.account_number:
        use_account(session, citizen_id, new.account_number, now)
    record_event(
        session,
        "case",
        case.id,
        "opened",
        actor=actor,
        after={
            "reference": case.reference,
            **{key: value for key, value in values.items() if value is not None},
        },
        at=now,
    )
    place_hold(session, case, now)
    gather_report(session, region, case, now)
    return case


def add_detail(
    session: Session,
    reference: str,
    reason: str,
    actor: str = "citizen",
    message_id: UUID | None = None,
    *,
    account_number: str | None = None,
    disputed_amount: Decimal | str | None = None,
    period: str | None = None,
    now: datetime | None = None,
) -> bool:
    """Add what the citizen tells afterwards (why they dispute, say) to the case's reason; its clocks run on.

    What the case still lacks of its account, and a dispute of amount and period, is filled in, and the hold
    placed; what it has stays. False when this message's detail is there already. Raises CaseNotFound.
    """
    now = now or datetime.now(UTC)
    case = case_with(session, reference)
    if message_id is not None and session.scalar(
        select(Event.id).where(
            Event.subject_type == "case",
            Event.subject_id == str(case.id),
            Event.kind == "detail_added",
            Event.after["message_id"].astext == str(message_id),
        )
    ):
        return False
    with changing(session, case, "detail_added", actor=actor, at=now, also={"message_id": message_id}):
        case.reason = f"{case.reason}\n{storable(reason)}" if case.reason else storable(reason)
        case.account_number = case.account_number or account_number
        if case.case_class == "dispute":
            case.period = case.period or period
            if case.disputed_amount is None and disputed_amount is not None:
                case.disputed_amount = Decimal(disputed_amount)
    if case.case_class == "dispute" and is_open(cast(Stage, case.stage)):
        place_hold(session, case, now)
    return True


def case_with(session: Session, reference: str) -> Case:
    """The case with this reference (dashes, spaces and case do not matter), locked; or CaseNotFound."""
    case = session.scalar(
        select(Case)
        .where(Case.digits == digits_of(reference))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if case is None:
        raise CaseNotFound(f"there is no case {reference}")
    return case


def route_department(region: Region, municipality: str, category: str) -> str:
    """The department of the municipality that handles the category."""
    handles = region.municipalities[municipality].handles
    return handles.get(category) or handles["general"]


def _insert(session: Session, letters: str, values: dict[str, Any]) -> Case | None:
    session.flush()
    for _ in range(_TRIES):
        reference = new_reference(letters)
        # A taken reference and a message whose case is there both insert nothing, without an error.
        case: Case | None = session.scalar(
            insert(Case)
            .values(id=new_id(), reference=reference, digits=digits_of(reference), **values)
            .on_conflict_do_nothing()
            .returning(Case)
        )
        if case is not None:
            return case
        if values["source_message_id"] and session.scalar(
            select(Case.id).where(
                Case.source_message_id == values["source_message_id"],
                Case.source_ordinal == values["source_ordinal"],
            )
        ):
            return None
    return None


def _from_message(session: Session, new: NewCase) -> Case | None:
    if new.source_message_id is None:
        return None
    return session.scalar(
        select(Case).where(
            Case.source_message_id == new.source_message_id, Case.source_ordinal == new.source_ordinal
        )
    )


def _municipality_of(
    session: Session, region: Region, new: NewCase, place: Place | None, citizen_id: UUID | None
) -> str | None:
    """Where it is: by the place, the account, the office where it was told, or the last case."""
    if place is not None:
        return place.municipality
    if new.account_number:
        account = session.get(Account, new.account_number)
        if account is not None and account.municipality in region.municipalities:
            return account.municipality
    told_in = new.told_in if new.told_in in region.municipalities else None
    if citizen_id is None or told_in is not None:
        return told_in
    last = session.execute(
        select(Case.place, Case.municipality)
        .where(Case.citizen_id == citizen_id)
        .order_by(Case.opened_at.desc())
        .limit(1)
    ).first()
    if last is None:
        return None
    # A district's case says little about where the person lives; the place it named says it exactly.
    lived = region.place_named(last.place) if last.place else None
    if lived is not None:
        return lived.municipality
    return last.municipality if last.municipality in region.municipalities else None
