"""Models of understanding: what was trained, measured and published, and what each engine serves."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation, WithId, one_of


class Model(Base, WithCreation):
    """A trained model. Its id is the number by which people call it.

    The engine writes the one that came with the product by plain SQL (engine/published.py).
    """

    __tablename__ = "models"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    #: of its file
    name: Mapped[str] = mapped_column(unique=True)
    #: the fingerprint of what it must have in common with the engine that serves it
    frame: Mapped[str]
    #: the fingerprint of the examples it learnt
    data_version: Mapped[str]
    examples: Mapped[int]
    origin: Mapped[str]
    trained_by: Mapped[str | None]
    note: Mapped[str | None]
    #: bytes
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    #: shares right on the held-out set, when it was last measured: {"class": {"all": 0.948, "en": …}, …}
    scores: Mapped[dict[str, Any] | None]

    __table_args__ = (one_of("origin", "installed", "trained"),)


class ModelFile(Base):
    """The file of a model that may be published (again); old ones go."""

    __tablename__ = "model_files"

    model_id: Mapped[int] = mapped_column(ForeignKey("models.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[bytes]


class Publication(Base):
    """One model put into service. The newest row says what is served; the rows are the history."""

    __tablename__ = "publications"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    #: 'installed': the model that came with the product
    kind: Mapped[str]
    actor: Mapped[str]
    reason: Mapped[str | None]
    #: why it was published although the gate was against it
    override: Mapped[str | None]
    comparison_id: Mapped[UUID | None] = mapped_column(ForeignKey("model_comparisons.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (one_of("kind", "installed", "published", "rolled_back"),)


class ModelComparison(Base, WithId, WithCreation):
    """A candidate measured beside the model in service, on the same messages."""

    __tablename__ = "model_comparisons"

    candidate_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    published_id: Mapped[int | None] = mapped_column(ForeignKey("models.id"))
    #: as `crm_store.domain.comparison` made them; live messages appear by their ids only
    figures: Mapped[dict[str, Any]]
    #: what the gate holds against the candidate
    fallen: Mapped[list[dict[str, Any]]]

    __table_args__ = (Index("ix_model_comparisons_candidate", "candidate_id", "created_at"),)


class TrainingJob(Base, WithId):
    """A training or a comparison, as it is asked for and as far as it is."""

    __tablename__ = "training_jobs"

    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    step: Mapped[str | None]
    percent: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    asked_by: Mapped[str]
    note: Mapped[str | None]
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    #: a sign of life of the process that does it
    seen_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]
    #: how often it was begun: a worker that is killed leaves it to another
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    error: Mapped[str | None]
    log: Mapped[str] = mapped_column(default="", server_default="")
    #: the model to measure, or the one that was trained
    model_id: Mapped[int | None] = mapped_column(ForeignKey("models.id"))
    comparison_id: Mapped[UUID | None] = mapped_column(ForeignKey("model_comparisons.id"))

    __table_args__ = (
        one_of("kind", "train", "compare"),
        one_of("state", "waiting", "running", "done", "failed", "cancelled"),
        # One at a time is under way or waits.
        Index(
            "uq_training_jobs_open",
            text("(true)"),
            unique=True,
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
        Index("ix_training_jobs_asked", "asked_at"),
    )


class EngineReplica(Base):
    """One engine, the model it serves, and why that is not the published one where it is not.

    The engine writes it by plain SQL, every ten seconds.
    """

    __tablename__ = "engine_replicas"

    #: host:port:process
    name: Mapped[str] = mapped_column(primary_key=True)
    model_name: Mapped[str]
    publication_id: Mapped[int | None] = mapped_column(BigInteger)
    error: Mapped[str | None]
    seen_at: Mapped[datetime]


class Shadow(Base):
    """A candidate that reads along: it classifies a share of the live messages and answers none."""

    __tablename__ = "shadows"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    #: of a hundred messages, how many it reads
    share: Mapped[int]
    started_by: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    stopped_by: Mapped[str | None]
    stopped_at: Mapped[datetime | None]
    #: messages handled up to here have been read
    read_until: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("uq_shadows_running", text("(true)"), unique=True, postgresql_where=text("stopped_at IS NULL")),
    )


class ShadowReading(Base, WithCreation):
    """What the model in service and the candidate say of one live message; the text stays where it is."""

    __tablename__ = "shadow_readings"

    shadow_id: Mapped[int] = mapped_column(ForeignKey("shadows.id", ondelete="CASCADE"), primary_key=True)
    message_id: Mapped[UUID] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    #: {"class", "class_confidence", "category", "category_confidence", "language"}
    published: Mapped[dict[str, Any]]
    candidate: Mapped[dict[str, Any]]
    agree: Mapped[bool]
