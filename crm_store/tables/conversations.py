"""Conversations and their messages, in both directions, with what became of each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation, WithId, WithUpdate, one_of
from crm_store.tables.people import CHANNELS


class Conversation(Base, WithId, WithUpdate):
    """The one conversation with an address: who answers, in which language, and what is being asked."""

    __tablename__ = "conversations"

    address_id: Mapped[UUID] = mapped_column(ForeignKey("addresses.id"), unique=True)
    state: Mapped[str] = mapped_column(default="bot", server_default="bot")
    #: the user who took over
    agent: Mapped[str | None]
    waiting_since: Mapped[datetime | None]
    waiting_reason: Mapped[str | None]
    #: it waited before, and goes to the top of the list
    waiting_first: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    #: when the person was told that nobody is free, and got a case
    waiting_told_at: Mapped[datetime | None]
    #: whose staff it waits for; empty: not known, so everybody's
    municipality: Mapped[str | None]
    department: Mapped[str | None]
    #: when its agent last wrote, or took it
    agent_spoke_at: Mapped[datetime | None]
    #: since when the person waits for its agent's word
    citizen_waits_since: Mapped[datetime | None]
    language: Mapped[str | None]
    #: the person asked for this language; then detection does not change it
    language_asked: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    #: the slot that the last reply asked for
    asking: Mapped[str | None]
    #: [{"number": 1, "title": "Yes", "payload": "yes"}]
    choices: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default=text("'[]'"))
    not_understood: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    last_inbound_at: Mapped[datetime | None]
    last_case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id", use_alter=True))

    __table_args__ = (
        one_of("state", "bot", "waiting", "agent"),
        # The inbox of the people who answer: who has waited longest.
        Index("ix_conversations_waiting", "waiting_since", postgresql_where=text("state <> 'bot'")),
    )


class Message(Base, WithId, WithCreation, WithUpdate):
    """A message in or out; `received_at` is when it reached us, or when it was written."""

    __tablename__ = "messages"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    #: the order of a conversation's messages, stable where times are equal
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    direction: Mapped[str]
    channel: Mapped[str]
    provider_id: Mapped[str | None]
    kind: Mapped[str] = mapped_column(default="text", server_default="text")
    body: Mapped[str] = mapped_column(default="", server_default="")
    #: the body was longer than we keep
    body_cut: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    media: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default=text("'[]'"))
    #: 'citizen', 'bot', 'system' or 'agent:<user>'
    author: Mapped[str]
    opt_out_type: Mapped[str | None]
    button_payload: Mapped[str | None]
    response_key: Mapped[str | None]
    response_values: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    buttons: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default=text("'[]'"))
    language: Mapped[str | None]
    reply_to: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))
    #: the order among the replies to one message
    position: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    status: Mapped[str]
    #: goes out to an address that opted out, too: the one confirmation
    always: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    error_code: Mapped[str | None]
    error_text: Mapped[str | None]
    #: turns begun (in) or provider calls begun (out)
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    segments: Mapped[int | None]
    #: WhatsApp outside its 24 hours: {"sid": the approved template, "variables": {"1": …}}
    template: Mapped[dict[str, Any] | None]
    understanding: Mapped[dict[str, Any] | None]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    handled_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    #: belongs to an anonymous report: staff see no such message beside an address
    sealed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    #: when the person was told that the answer takes longer
    delay_noted_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_messages_provider",
            "channel",
            "provider_id",
            unique=True,
            postgresql_where=text("provider_id IS NOT NULL"),
        ),
        Index("ix_messages_conversation", "conversation_id", "sequence"),
        # A turn that is retried stores its replies once.
        Index(
            "uq_messages_reply",
            "reply_to",
            "position",
            unique=True,
            postgresql_where=text("reply_to IS NOT NULL"),
        ),
        Index(
            "ix_messages_unhandled",
            "received_at",
            postgresql_where=text("direction = 'in' AND status = 'received'"),
        ),
        # Those that read along take up where they left off.
        Index("ix_messages_handled", "handled_at", postgresql_where=text("direction = 'in'")),
        Index(
            "ix_messages_undelivered",
            "created_at",
            postgresql_where=text("direction = 'out' AND status IN ('stored', 'sending')"),
        ),
        one_of("direction", "in", "out"),
        one_of("channel", *CHANNELS),
        one_of("kind", "text", "location", "media", "other"),
        one_of(
            "status",
            *("received", "handled"),
            *("stored", "sending", "sent", "delivered", "read", "undelivered", "failed", "suppressed"),
        ),
    )


class EarlyReceipt(Base, WithCreation):
    """A delivery receipt that came before we had stored the provider's id; `mark_sent` takes it up."""

    __tablename__ = "early_receipts"

    channel: Mapped[str] = mapped_column(primary_key=True)
    provider_id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    error_code: Mapped[str | None]
