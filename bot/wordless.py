"""What is done and answered about a message without words: a picture, a recording, a sticker, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from crm_store.domain.municipality import Region
from crm_store.queries.standing import standing_question
from crm_store.services.arriving_media import is_picture, sort_of
from crm_store.services.media import open_case_of, put_to_case
from crm_store.services.staff_notices import owner_of, tell_staff
from crm_store.services.stages import take_answer
from crm_store.services.turns import TurnContext
from crm_store.tables import Case

#: What stands in a case for an answer that was a file and no words.
FILE_ALONE = "(a file)"
# Questions to which a picture of the meter is half an answer.
_OF_A_METER = frozenset({"reading", "reading_again", "same_reading"})
_RECORDINGS = frozenset({"voice", "audio", "video_note"})
# These answer a recording or a document.
_OF_A_FILE = frozenset({"utter_voice_only", "utter_media_only", "utter_file_for_colleague"})


def wordless_key(
    kind: str, media: Sequence[Mapping[str, Any]], asking: str | None, *, waits: bool = False
) -> str:
    """The key of the reply; `waits`: for a colleague, who will see the file.

    A picture of the meter is kept; its digits are still to be typed.
    """
    if kind == "text":
        return "utter_empty"
    sorts = {_sort(item) for item in media}
    if sorts == {"sticker"}:
        return "utter_sticker_only"
    if not any(is_picture(item) for item in media):
        if waits and asking is None and any(map(sort_of, media)):
            return "utter_file_for_colleague"
        return "utter_voice_only" if sorts & _RECORDINGS else "utter_media_only"
    return "utter_picture_of_meter" if asking in _OF_A_METER else "utter_photo_only"


def put_file(session: Session, context: TurnContext, key: str, region: Region) -> str | None:
    """Put the message's files to the case that asked for them, or that is open while nothing is asked.

    The reference of the case, whose owner is told; None where it is neither, and of a picture that may be
    of a meter. Again changes nothing.
    """
    now = context.received_at
    if not any(map(sort_of, context.media)):
        return None
    case = open_case_of(session, context.conversation_id)
    if context.asking == "case_answer":
        asked = standing_question(session, context.conversation_id, now, "case_answer")
        case = session.get_one(Case, asked.case_id) if asked else case
        if case is None or case.anonymous or not put_to_case(session, context.message_id, case, now):
            return None
        take_answer(session, region, case.reference, FILE_ALONE, context.message_id, now)
        return case.reference
    if case is None or context.asking is not None or key not in _OF_A_FILE:
        return None
    put_to_case(session, context.message_id, case, now)
    # Several in a row are told once.
    told = owner_of(region, case, "file_added", subject=f"{now:%Y-%m-%d %H}")
    tell_staff(session, region, [told], now)
    return case.reference


def _sort(item: Mapping[str, Any]) -> str:
    """Telegram names the sort; Twilio gives a content type, and sends stickers as WebP."""
    content_type = str(item.get("content_type") or "")
    if content_type == "image/webp":
        return "sticker"
    return str(item.get("type") or content_type.partition("/")[0])
