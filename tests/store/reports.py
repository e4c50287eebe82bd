"""What the tests of incidents have in common: people who report."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.services.cases import NewCase, open_case
from crm_store.tables import Case, Incident
from tests.store.people import NOW, writes

PHONES = [f"+2782000{number:04d}" for number in range(40)]


def report(
    session: Session,
    region: Region,
    phone: str,
    *,
    at: datetime = NOW,
    text: str = "no water since last night",
    category: str = "water",
    **more: object,
) -> Case:
    """The person of this phone reports a trouble, in Sundumbili unless said."""
    accepted = writes(session, text, phone, received_at=at)
    where = {"place": "Sundumbili", **more}
    new = NewCase(
        case_class="complaint",
        category=category,
        description=text,
        conversation_id=accepted.conversation_id,
        source_message_id=accepted.message_id,
        **where,
    )
    return open_case(session, region, new, at)


def minutes(number: int) -> datetime:
    """So many minutes after NOW."""
    return NOW + timedelta(minutes=number)


def incidents(session: Session) -> list[Incident]:
    """All incidents, in the order of their beginning."""
    return list(session.scalars(select(Incident).order_by(Incident.number)))
