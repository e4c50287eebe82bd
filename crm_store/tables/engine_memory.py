"""The engine's working memory, which it reads and writes by plain SQL (engine/ imports nothing of ours)."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithUpdate


class EngineMemory(Base, WithUpdate):
    """A conversation's tracker as it is, and as it was before the last message (for a retried turn)."""

    __tablename__ = "engine_memory"

    #: text, not a key into conversations: the engine also keeps the memory of test conversations
    conversation_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[dict[str, Any] | None]
    before: Mapped[dict[str, Any] | None]
    message_id: Mapped[str | None]
