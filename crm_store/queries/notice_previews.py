"""What a person would hear of a deed that is about to be done, word for word."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.notices import ALWAYS_TOLD, still_true
from crm_store.domain.region import Region
from crm_store.domain.segments import segments
from crm_store.notice_texts import fitted, shown_on
from crm_store.queries.notice_words import words_of
from crm_store.tables import Address, Case, Citizen, Conversation, Delay, Notice

_FIRST_LANGUAGE = "en"


@dataclass(frozen=True)
class Preview:
    """One message as its person will see it. Of an anonymous report neither language nor channel is told."""

    reference: str
    text: str
    language: str | None
    channel: str | None
    segments: int
    #: not before this time: decent hours, or until the deed can no longer be taken back
    not_before: datetime
    #: 'opted_out', 'no_updates', 'no_way': why it will not be heard; None: it will
    unheard: str | None = None


def previews(session: Session, region: Region, case: Case, now: datetime) -> list[Preview]:
    """The messages planned just now for the case, those merged into it and those split off, in their order.

    Call it within the transaction of the deed, before the deed is taken back or kept.
    """
    session.flush()
    planned = session.execute(
        select(Notice, Case)
        .join(Case, Case.id == Notice.case_id)
        .where(
            (Case.id == case.id) | (Case.merged_into_id == case.id) | (Case.divided_from_id == case.id),
            Notice.state == "planned",
            Notice.created_at == now,
        )
        .order_by(Notice.sequence)
    ).all()
    return [_preview(session, region, notice, about, now) for notice, about in planned]


def _preview(session: Session, region: Region, notice: Notice, case: Case, now: datetime) -> Preview:
    conversation = session.get(Conversation, case.conversation_id) if case.conversation_id else None
    address = session.get(Address, conversation.address_id) if conversation else None
    citizen = session.get(Citizen, case.citizen_id) if case.citizen_id else None
    language = (conversation.language if conversation else None) or (citizen.language if citizen else None)
    delay = session.get(Delay, case.id)
    key, values = words_of(region, case, notice.kind, notice.said, delay.expected_at if delay else None, now)
    in_language = _FIRST_LANGUAGE if case.anonymous else language or _FIRST_LANGUAGE
    values = fitted(key, in_language, values, region)
    channel = address.channel if address else "sms"
    return Preview(
        reference=case.reference,
        text=shown_on("sms" if case.anonymous else channel, key, in_language, values, region),
        language=None if case.anonymous else in_language,
        channel=None if case.anonymous or address is None else channel,
        segments=segments(shown_on("sms", key, in_language, values, region)).count,
        not_before=notice.not_before,
        unheard=_unheard(notice, case, citizen, address),
    )


def _unheard(notice: Notice, case: Case, citizen: Citizen | None, address: Address | None) -> str | None:
    if address is None:
        return "no_way"
    if address.opted_out_at is not None:
        return "opted_out"
    if citizen is not None and citizen.no_updates_at is not None and notice.kind not in ALWAYS_TOLD:
        return "no_updates"
    return None if still_true(notice.kind, case.stage) else "no_way"  # type: ignore[arg-type]
