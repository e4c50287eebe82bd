"""What is said on our own initiative: in the person's language, in one segment, by a way that is open."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from bot.replies import Writer, asked_slot
from crm_store.approved_templates import approved_template
from crm_store.database import transaction
from crm_store.domain.languages import FIRST_LANGUAGE
from crm_store.domain.region import Region
from crm_store.notice_texts import fitted
from crm_store.services.turns import ReplyToStore
from crm_store.services.unasked import NoticeToTell, due_notices, fail_notice, take_notice, tell_notice
from crm_store.settings import settings
from crm_store.texts import written_values

log = structlog.get_logger(__name__)
_BATCH = 500


def tell_due_notices(now: datetime, region: Region) -> int:
    """Tells everything whose time has come, each in a transaction of its own; returns how many went."""
    outcomes: Counter[str] = Counter()
    while True:
        with transaction() as session:
            ids = due_notices(session, now, _BATCH)
        for notice_id in ids:
            outcomes[_tell_or_fail(notice_id, now, region)] += 1
        # What is left of a full batch has ended or waits; a batch that others work on too must not go round.
        if len(ids) < _BATCH:
            break
    if outcomes:
        log.info("notices_told", **outcomes)
    return outcomes["told"]


def _tell_or_fail(notice_id: UUID, now: datetime, region: Region) -> str:
    try:
        return _tell(notice_id, now, region)
    except Exception as error:
        # One that cannot be written must not keep all others from being told, now and at every next time.
        log.exception("notice_failed", notice_id=str(notice_id))
        with transaction() as session:
            fail_notice(
                session, notice_id, f"it could not be written ({type(error).__name__}, see the log)", now
            )
        return "failed"


def _tell(notice_id: UUID, now: datetime, region: Region) -> str:
    with transaction() as session:
        taken = take_notice(session, region, notice_id, now)
        if taken is None:
            return "not_told"
        language = taken.language or FIRST_LANGUAGE
        template, by_sms = None, False
        if not taken.free:
            template = _template(taken, language, region)
            by_sms = template is None and _sms_is_there()
            if template is None and not by_sms:
                reason = (
                    "more than 24 hours since the person wrote on WhatsApp: no template for "
                    f"{taken.response_key.removeprefix('utter_')}.{language}, and no SMS, is set up"
                )
                fail_notice(session, notice_id, reason, now)
                return "failed"
        writer = Writer("sms" if by_sms else taken.channel, language, region)
        words = in_one_segment(writer, taken.response_key, taken.values)
        told = tell_notice(
            session, region, taken, words, now, asking=asked_slot([words]), template=template, by_sms=by_sms
        )
        return "told" if told else "not_told"


def in_one_segment(writer: Writer, key: str, values: dict[str, Any]) -> ReplyToStore:
    """The text as one SMS would hold it, on every channel: staff's own words are cut where they must be."""
    return writer.say(key, fitted(key, writer.language, values, writer.region))[-1]


def _sms_is_there() -> bool:
    return settings().sandbox("whatsapp") or not settings().sandbox("sms")


def _template(taken: NoticeToTell, language: str, region: Region) -> dict[str, Any] | None:
    """The approved template for the text with its variables, which may be neither empty nor of two lines."""
    sid = approved_template(region, taken.response_key, language)
    if sid is None:
        return None
    written = written_values(taken.response_key, language, taken.values, region)
    variables = {str(number): " ".join(value.split()) or "-" for number, value in enumerate(written, start=1)}
    return {"sid": sid, "variables": variables}
