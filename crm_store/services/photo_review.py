"""A person reads a meter off the picture that somebody sent, or cannot."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.domain.registers import example_of
from crm_store.services.locking import locked
from crm_store.services.media import dismiss_media
from crm_store.services.notices import LONGEST_REASON
from crm_store.services.reading_outcomes import ReadingOutcome
from crm_store.services.reading_review import ReadingNotFound, ReviewRefused, accept_reading
from crm_store.services.typed_readings import record_typed
from crm_store.tables import Media, Message, Reading


def read_photo(
    session: Session,
    region: Region,
    media_id: UUID,
    account_number: str,
    digits: str,
    actor: str,
    now: datetime,
    service: str | None = None,
) -> Reading:
    """The picture shows this reading: taken as of the day it was sent, accepted, its sender told.

    `digits`: of a meter with several registers all of them, each with its name (`record_typed`). Returns the
    first. Raises ReviewRefused.
    """
    photo = locked(session, Media, media_id)
    if photo.state != "stored" or photo.reading_id is not None:
        raise ReviewRefused("photo_done", "this picture was dealt with already")
    message = session.get_one(Message, photo.message_id)
    taken = record_typed(
        session,
        region,
        digits,
        account_number=account_number,
        service=service,
        conversation_id=message.conversation_id,
        message_id=message.id,
        insists=True,
        now=message.received_at,
    )
    if taken[0].kind != "taken":
        raise _not_taken(taken[0])
    readings = [
        accept_reading(session, region, one.reading_id, actor, now)
        for one in taken
        if one.reading_id is not None
    ]
    photo.reading_id = readings[0].id
    return readings[0]


def dismiss_photo(
    session: Session, region: Region, media_id: UUID, reason: str, actor: str, now: datetime
) -> None:
    """The picture cannot be used; its sender is told why. Raises ReviewRefused."""
    reason = " ".join(reason.split())
    if not reason or len(reason) > LONGEST_REASON:
        raise ReviewRefused(
            "say_reason",
            f"say why in 1 to {LONGEST_REASON} characters: the citizen reads it",
            number=LONGEST_REASON,
        )
    dismiss_media(session, region, media_id, reason, actor, now)


def find_photo(session: Session, given: str) -> Media:
    """By the last eight or more characters of its id, among those that wait. Raises ReadingNotFound."""
    wanted = given.strip().lower()
    waiting = session.scalars(select(Media).where(Media.state == "stored", Media.reading_id.is_(None)))
    found = [photo for photo in waiting if len(wanted) >= 8 and str(photo.id).endswith(wanted)]
    if len(found) != 1:
        raise ReadingNotFound(f"there is no picture '{given}'; `phendula reading review photos` has them")
    return found[0]


def _not_taken(outcome: ReadingOutcome) -> ReviewRefused:
    match outcome.kind:
        case "unknown_account":
            return ReviewRefused("no_account", "there is no such account in use")
        case "which_meter":
            return ReviewRefused("which_meter", "the account has several meters: name the service")
        case "which_register":
            example = example_of(outcome.registers)
            return ReviewRefused(
                "which_register",
                f"the meter has several registers: write each with its name, such as {example}",
                example=example,
            )
        case "wrong_digits":
            return ReviewRefused("dial", "the reading does not fit the meter's dial")
        case "repeated":
            return ReviewRefused("repeated", "the account has this reading of that day already")
    return ReviewRefused("not_taken", f"the reading was not taken: {outcome.kind}")
