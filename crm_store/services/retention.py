"""Files whose time is over are deleted; that there was one, and until when it was kept, stays."""

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from crm_store.services.history import record_event
from crm_store.services.media import forget_file
from crm_store.settings import settings
from crm_store.tables import Case, Media, Message

_BATCH = 500


def forget_old_files(session: Session, now: datetime) -> int:
    """Delete the files whose time is over by crm_store.domain.retention, 500 at most; returns how many.

    Several workers share them; a file whose content somebody else sent later stays for that one.
    """
    before = now - timedelta(days=settings().attachment_days)
    case, kept = aliased(Case), aliased(Case)
    rows = session.scalars(
        select(Media)
        .outerjoin(case, case.id == Media.case_id)
        .outerjoin(kept, kept.id == func.coalesce(case.merged_into_id, case.id))
        .where(
            Media.state.in_(("stored", "dismissed")),
            Media.created_at <= before,
            or_(Media.case_id.is_(None), kept.closed_at <= before),
        )
        .order_by(Media.created_at)
        .limit(_BATCH)
        .with_for_update(of=Media, skip_locked=True)
    ).all()
    for row in rows:
        subject = ("case", row.case_id)
        if row.case_id is None:
            subject = ("conversation", session.get_one(Message, row.message_id).conversation_id)
        record_event(
            session, subject[0], str(subject[1]), "file_deleted", actor="system",
            after={"media_id": row.id}, at=now,
        )  # fmt: skip
        row.deleted_at = now
        forget_file(session, row, "deleted")
    return len(rows)
