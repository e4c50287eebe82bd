"""Files that people and staff sent: where they come from, and what is kept of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation, WithId, one_of


class Media(Base, WithId, WithCreation):
    """One picture, recording, film or PDF of one message, or one picture of a form on the web.

    The file lies under the data folder by its SHA-256; a picture is drawn anew, without its EXIF.
    """

    __tablename__ = "media"

    #: None: it came with a form, to its case
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))
    #: its place among the media of the message
    ordinal: Mapped[int]
    #: what the provider gives it out for, {"url": …} or {"file_id": …}, and the `sort` that it calls itself
    source: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    #: why it is not kept or not used, in words for staff
    reason: Mapped[str | None]
    sha256: Mapped[str | None] = mapped_column(index=True)
    content_type: Mapped[str | None]
    #: what its sender called it
    name: Mapped[str | None]
    size_bytes: Mapped[int | None]
    stored_at: Mapped[datetime | None]
    #: when its time was over (crm_store/domain/retention.py)
    deleted_at: Mapped[datetime | None]
    reading_id: Mapped[UUID | None] = mapped_column(ForeignKey("readings.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)

    __table_args__ = (
        UniqueConstraint("message_id", "ordinal"),
        Index(
            "ix_media_of_nothing",
            "created_at",
            postgresql_where=text(
                "state = 'stored' AND content_type = 'image/jpeg' AND reading_id IS NULL AND case_id IS NULL"
            ),
        ),
        Index(
            "ix_media_kept",
            "created_at",
            postgresql_where=text("state IN ('stored', 'dismissed')"),
        ),
        CheckConstraint("message_id IS NOT NULL OR case_id IS NOT NULL", name="origin"),
        # refused: by the machine; dismissed: by a person; deleted: its time was over; erased: with its sender
        one_of("state", "waiting", "stored", "refused", "dismissed", "deleted", "erased"),
    )
