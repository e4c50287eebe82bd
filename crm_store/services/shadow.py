"""Shadow mode: a candidate reads along with live messages and answers none; what it says is kept beside.

It works in batches behind the turns, so that no reply waits for it, and on a sample, so that its cost is
bounded: `share` of a hundred messages, at most `MOST_A_BATCH` of them every five minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, delete, func, select
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlalchemy.orm import Session

from crm_store.domain.comparison import WITH_CATEGORY
from crm_store.live import publish as tell_pages
from crm_store.queries.models import current_publication, has_file
from crm_store.services.locking import locked
from crm_store.tables import Message, Model, Shadow, ShadowReading

MOST_A_BATCH = 300
#: A message is read when its turn has been over so long.
SETTLED_AFTER = timedelta(seconds=5)
KEPT = timedelta(days=62)
#: After so long it ends by itself: by then it has told what it can.
LASTS = timedelta(days=28)
_SHORTEST = 2  # words: a bare 'yes' or a place is an answer to a question that the candidate does not hear


class ShadowRefused(Exception):
    """Shadow mode does not begin; the message says why."""


@dataclass(frozen=True)
class Batch:
    """What is to be read next: texts by message id, by which two models; `until` is noted afterwards."""

    shadow_id: int
    published_id: int
    candidate_id: int
    texts: dict[UUID, str]
    until: datetime


def start_shadow(session: Session, candidate_id: int, *, share: int, actor: str) -> Shadow:
    """Let the model read along from now on, in place of another that did. Raises ShadowRefused."""
    if not 1 <= share <= 100:
        raise ShadowRefused("The share is a number from 1 to 100: of a hundred messages, how many are read.")
    current = current_publication(session)
    if current is None:
        raise ShadowRefused("No model is in service yet: start Phendula first.")
    if current.model_id == candidate_id:
        raise ShadowRefused(f"Model {candidate_id} is in service: it reads every message already.")
    if not has_file(session, candidate_id):
        raise ShadowRefused(f"There is no model {candidate_id}, or its file is no longer kept.")
    if session.get_one(Model, current.model_id).frame != session.get_one(Model, candidate_id).frame:
        raise ShadowRefused(f"Model {candidate_id} was made by another version of Phendula: train anew.")
    stop_shadow(session, actor=actor)
    shadow = Shadow(candidate_id=candidate_id, share=share, started_by=actor)
    session.add(shadow)
    session.flush()
    session.refresh(shadow)
    return shadow


def stop_shadow(session: Session, *, actor: str) -> bool:
    """End shadow mode; False when no model reads along. What was read stays for comparison."""
    shadow = session.scalar(select(Shadow).where(Shadow.stopped_at.is_(None)).with_for_update())
    if shadow is None:
        return False
    shadow.stopped_at, shadow.stopped_by = func.now(), actor
    session.flush()
    return True


def next_batch(session: Session, now: datetime) -> Batch | None:
    """The messages that the candidate has not read yet; None without a candidate or messages.

    After LASTS, or when an update of the product made it a model of another version, it ends by itself.
    Words of an anonymous report are read by no model on trial; pictures, pins and single words tell nothing.
    """
    shadow = session.scalar(select(Shadow).where(Shadow.stopped_at.is_(None)))
    current = current_publication(session)
    if shadow is None or current is None:
        return None
    frames = {session.get_one(Model, one).frame for one in (current.model_id, shadow.candidate_id)}
    if now - shadow.started_at > LASTS or len(frames) > 1:
        stop_shadow(session, actor="system")
        return None
    until = now - SETTLED_AFTER
    chosen = func.abs(func.hashtext(cast(Message.id, String))) % 100 < shadow.share
    rows = session.execute(
        select(Message.id, Message.body)
        .where(
            Message.direction == "in",
            Message.handled_at > shadow.read_until,
            Message.handled_at <= until,
            Message.kind == "text",
            Message.status == "handled",
            Message.sealed.is_(False),
            Message.understanding.is_not(None),
            func.cardinality(func.regexp_split_to_array(func.btrim(Message.body), r"\s+")) >= _SHORTEST,
            chosen,
        )
        # Where more wait than are read at once the older ones are left out: it must not fall behind.
        .order_by(Message.handled_at.desc())
        .limit(MOST_A_BATCH)
    ).all()
    if not rows:
        return None
    texts = {row.id: row.body for row in rows}
    return Batch(shadow.id, current.model_id, shadow.candidate_id, texts, until)


def note_readings(
    session: Session, batch: Batch, said: Sequence[tuple[UUID, dict[str, Any], dict[str, Any]]]
) -> int:
    """Keep what both models say of each message (id, published, candidate); returns how often they differ.

    A message that was erased meanwhile is left out; a batch that is noted twice counts once. Readings of more
    than two months ago go.
    """
    session.execute(delete(ShadowReading).where(ShadowReading.created_at < batch.until - KEPT))
    there = set(session.scalars(select(Message.id).where(Message.id.in_([one[0] for one in said]))))
    rows = [
        {
            "shadow_id": batch.shadow_id,
            "message_id": message_id,
            "published": published,
            "candidate": candidate,
            "agree": agree(published, candidate),
        }
        for message_id, published, candidate in said
        if message_id in there
    ]
    if rows:
        session.execute(insert_or_leave(ShadowReading).on_conflict_do_nothing(), rows)
    locked(session, Shadow, batch.shadow_id).read_until = batch.until
    tell_pages(session, "training")
    return sum(not row["agree"] for row in rows)


def agree(published: dict[str, Any], candidate: dict[str, Any]) -> bool:
    """Whether the two say the same class and, where the class is about something, the same category."""
    if published.get("class") != candidate.get("class"):
        return False
    about_something = published.get("class") in WITH_CATEGORY
    return not about_something or published.get("category") == candidate.get("category")
