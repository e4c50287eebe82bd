"""One case that holds two matters made two: the second goes on by itself, with its own reference and clock.

What belongs to it goes along: the pictures leave the first case, the messages are read in both, since one
message may speak of both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm_store.domain.case_deeds import UNDO_WITHIN
from crm_store.domain.cases import Stage, is_open
from crm_store.domain.region import Region
from crm_store.domain.routing import Route
from crm_store.services.cases import MoveRefused, NewCase, open_case, route_department
from crm_store.services.clocks import keep_clock
from crm_store.services.confidence import case_for, make_anonymous
from crm_store.services.history import changing, record_event
from crm_store.services.holds import lift_hold
from crm_store.services.notices import plan_notice
from crm_store.tables import Case, Conversation, Media, Message


@dataclass(frozen=True, kw_only=True)
class SecondMatter:
    """What the second case says. `to`: 'KDM/roads', or empty: by the rules; the ids: what goes along."""

    case_class: str
    category: str
    description: str
    place: str | None = None
    location_text: str | None = None
    to: str | None = None
    account_number: str | None = None
    disputed_amount: str | None = None
    reading: str | None = None
    period: str | None = None
    messages: Sequence[UUID] = ()
    photos: Sequence[UUID] = ()

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> "SecondMatter":
        """Of the fields of a form; messages and photos are ids with spaces between them."""
        optional = ("place", "location_text", "to", "account_number", "disputed_amount", "reading", "period")
        return cls(
            case_class=fields.get("class", ""),
            category=fields.get("category", ""),
            description=fields.get("text", ""),
            messages=[UUID(one) for one in fields.get("messages", "").split()],
            photos=[UUID(one) for one in fields.get("photos", "").split()],
            **{name: fields.get(name) or None for name in optional},
        )


def divide_case(
    session: Session, region: Region, reference: str, second: SecondMatter, actor: str, now: datetime
) -> Case:
    """Open the second matter of the case as a case of its own, which is returned; its person is told of it.

    Its clock counts from when the person told the matter: from the first of their messages that go along,
    never from before the case itself; without messages from the case's receipt. It is as confidential, and
    as anonymous, as what it came from. Raises CaseNotFound, NotForThem, and MoveRefused.
    """
    case = case_for(session, region, reference, actor)
    if not is_open(cast(Stage, case.stage)):
        raise MoveRefused(
            "reopen_first",
            f"{case.reference} is {case.stage}: reopen it before it is split in two",
            reference=case.reference,
        )
    if not second.description.strip():
        raise MoveRefused("say_second", "say what the second matter is")
    messages = _own_messages(session, case, second.messages)
    photos = _own_photos(session, case, second.photos)
    conversation = session.get(Conversation, case.conversation_id) if case.conversation_id else None
    spoken_of = conversation.last_case_id if conversation else None
    new = open_case(
        session,
        region,
        NewCase(
            case_class=second.case_class,
            category=second.category,
            description=second.description.strip(),
            conversation_id=case.conversation_id,
            place=second.place,
            location_text=second.location_text,
            account_number=second.account_number,
            disputed_amount=second.disputed_amount,
            reading=second.reading,
            period=second.period,
            language=case.language,
            channel=case.channel,
            citizen_id=case.citizen_id,
            told_in=case.municipality,
            told_at=_told_at(case, messages),
            to=_route(region, second),
            confidential=case.confidential,
        ),
        now,
        actor,
    )
    if conversation is not None:
        conversation.last_case_id = spoken_of  # what the person writes next is no addition to the second
    came = {"message_ids": [one.id for one in messages], "from": case.reference}
    with changing(session, new, "divided_from", actor=actor, at=now, also=came):
        new.divided_from_id = case.id
        new.first_responded_at = now  # of this the citizen hears
        # That it is late from the first is said to nobody before they are told that there is a second case.
        soonest = now + UNDO_WITHIN
        new.next_step_at = new.next_step_at and max(new.next_step_at, soonest)
        new.delay_notice_at = new.delay_notice_at and max(new.delay_notice_at, soonest)
    if case.anonymous:
        make_anonymous(session, new, now)
    _move_photos(session, photos, case, new)
    plan_notice(session, region, new, "divided", now, other=case.reference)
    after = {"divided": new.reference, "case_id": new.id, "photo_ids": [one.id for one in photos]}
    record_event(session, "case", case.id, "divided", actor=actor, after=after, at=now)
    return new


def unite(
    session: Session, region: Region, case: Case, divided: Mapping[str, Any], actor: str, now: datetime
) -> None:
    """Take a division back: its pictures return, and the second case follows the first, whose matter it is.

    Its reference answers as the first one's does, in case somebody was given it meanwhile.
    """
    second = session.get_one(Case, UUID(divided["case_id"]), with_for_update=True, populate_existing=True)
    before = cast(Stage, second.stage)
    with changing(session, second, "merged", actor=actor, at=now):
        second.stage, second.closed_at, second.merged_into_id = "closed", now, case.id
        keep_clock(session, region, second, before, now)
    lift_hold(session, second, "withdrawn", actor, now)
    photos = [UUID(one) for one in divided["photo_ids"]]
    _move_photos(session, _own_photos(session, second, photos), second, case)


def _told_at(case: Case, messages: Sequence[Message]) -> datetime:
    if not messages:
        return case.opened_at
    return max(case.opened_at, min(one.received_at or one.created_at for one in messages))


def _route(region: Region, second: SecondMatter) -> Route | None:
    if not second.to:
        return None
    municipality, _, department = second.to.partition("/")
    known = region.municipalities.get(municipality)
    if known is None or (department and department not in known.departments):
        raise MoveRefused("which_department", f"there is no department {second.to}")
    return Route(municipality, department or route_department(region, municipality, second.category))


def _own_messages(session: Session, case: Case, ids: Sequence[UUID]) -> list[Message]:
    """What the person wrote in the case's chat; nothing of an anonymous report can be chosen."""
    if not ids:
        return []
    found = session.scalars(
        select(Message)
        .where(
            Message.id.in_(ids),
            Message.conversation_id == case.conversation_id,
            Message.direction == "in",
            Message.sealed.is_(False),
        )
        .order_by(Message.sequence)
    ).all()
    if case.anonymous or len(found) != len(set(ids)):
        raise MoveRefused("not_of_case", "a message that should go along is not one of this case")
    return list(found)


def _own_photos(session: Session, case: Case, ids: Sequence[UUID]) -> list[Media]:
    found = session.scalars(select(Media).where(Media.id.in_(ids), Media.case_id == case.id)).all()
    if len(found) != len(set(ids)):
        raise MoveRefused("not_of_case", "a picture that should go along is not one of this case")
    return list(found)


def _move_photos(session: Session, photos: Sequence[Media], case: Case, to: Case) -> None:
    session.flush()
    session.execute(
        update(Media)
        .where(Media.id.in_([one.id for one in photos]), Media.case_id == case.id)
        .values(case_id=to.id)
        .execution_options(synchronize_session="fetch")
    )
