"""Models, publications, comparisons and jobs, as the desk and the commands show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.tables import (
    EngineReplica,
    Model,
    ModelComparison,
    ModelFile,
    Publication,
    TrainingJob,
)

#: Engines give a sign of life every ten seconds.
SILENT_SECONDS = 25


@dataclass(frozen=True)
class ModelLine:
    """A model in the list: is it served, can it be published, what was it compared with."""

    model: Model
    has_file: bool
    comparison: ModelComparison | None


def current_publication(session: Session) -> Publication | None:
    """What is in service; None until an engine ran for the first time."""
    return session.scalar(select(Publication).order_by(Publication.id.desc()).limit(1))


def published_before(session: Session, current: Publication) -> list[int]:
    """The models that were in service before the current one, the last first, each once."""
    last = func.max(Publication.id)
    rows = session.execute(
        select(Publication.model_id)
        .where(Publication.model_id != current.model_id)
        .group_by(Publication.model_id)
        .order_by(last.desc())
    )
    return [model_id for (model_id,) in rows]


def publications(session: Session, limit: int = 50) -> Sequence[tuple[Publication, Model]]:
    """The history, newest first."""
    rows = session.execute(
        select(Publication, Model)
        .join(Model, Model.id == Publication.model_id)
        .order_by(Publication.id.desc())
        .limit(limit)
    )
    return [(publication, model) for publication, model in rows]


def has_file(session: Session, model_id: int) -> bool:
    """Whether the model's file is still kept."""
    return session.scalar(select(ModelFile.model_id).where(ModelFile.model_id == model_id)) is not None


def content_of(session: Session, model_id: int) -> bytes | None:
    """The model's file; None when it is no longer kept."""
    return session.scalar(select(ModelFile.content).where(ModelFile.model_id == model_id))


def newest_comparison(session: Session, candidate_id: int) -> ModelComparison | None:
    """The model's last measurement."""
    return session.scalar(
        select(ModelComparison)
        .where(ModelComparison.candidate_id == candidate_id)
        .order_by(ModelComparison.created_at.desc())
        .limit(1)
    )


def model_lines(session: Session, limit: int = 20) -> list[ModelLine]:
    """The models, newest first."""
    models = session.scalars(select(Model).order_by(Model.id.desc()).limit(limit)).all()
    kept = set(
        session.scalars(
            select(ModelFile.model_id).where(ModelFile.model_id.in_([model.id for model in models]))
        )
    )
    return [ModelLine(model, model.id in kept, newest_comparison(session, model.id)) for model in models]


def replicas(session: Session, now: datetime) -> list[EngineReplica]:
    """The engines that gave a sign of life lately."""
    rows = session.scalars(select(EngineReplica).order_by(EngineReplica.name))
    return [row for row in rows if (now - row.seen_at).total_seconds() < SILENT_SECONDS]


def open_job(session: Session) -> TrainingJob | None:
    """The training or comparison under way, or waiting."""
    return session.scalar(select(TrainingJob).where(TrainingJob.state.in_(("waiting", "running"))))


def find_job(session: Session, job_id: UUID) -> TrainingJob | None:
    """One job."""
    return session.get(TrainingJob, job_id)


def last_jobs(session: Session, limit: int = 10) -> Sequence[TrainingJob]:
    """The jobs asked for last, newest first."""
    return session.scalars(select(TrainingJob).order_by(TrainingJob.asked_at.desc()).limit(limit)).all()
