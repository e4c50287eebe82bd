"""Trainings and comparisons as jobs: asked for, begun, on their way, ended. One at a time."""

from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm_store.live import publish as tell_pages
from crm_store.queries.models import has_file, open_job
from crm_store.queue import defer
from crm_store.services.locking import locked
from crm_store.tables import TrainingJob, new_id

QUEUE = "training"
#: A job whose process gave no sign of life for so long may be begun by another.
ABANDONED_AFTER = timedelta(seconds=15)
#: ... and where none took it up either, it is in nobody's way any more.
FORGOTTEN_AFTER = timedelta(minutes=2)
MOST_ATTEMPTS = 3
LONGEST_LOG = 100_000  # characters


class TrainingRefused(Exception):
    """No training or comparison is begun; the message says why."""


class InOtherHands(Exception):
    """Another process works on this job, or did so a moment ago."""


def ask_training(
    session: Session, *, actor: str, note: str | None = None, background: bool = True
) -> TrainingJob:
    """Ask for a new model, trained on the examples as they are, and measured. Raises TrainingRefused.

    `background` False: the caller runs it itself.
    """
    return _ask(session, "train", actor=actor, note=note, model_id=None, background=background)


def ask_comparison(session: Session, model_id: int, *, actor: str, background: bool = True) -> TrainingJob:
    """Ask for the model to be measured beside the one in service. Raises TrainingRefused."""
    if not has_file(session, model_id):
        raise TrainingRefused(f"There is no model {model_id}, or its file is no longer kept.")
    return _ask(session, "compare", actor=actor, note=None, model_id=model_id, background=background)


def _ask(
    session: Session, kind: str, *, actor: str, note: str | None, model_id: int | None, background: bool
) -> TrainingJob:
    job = TrainingJob(id=new_id(), kind=kind, asked_by=actor, note=note, model_id=model_id)
    try:
        with session.begin_nested():
            session.add(job)
    except IntegrityError:
        other = open_job(session)
        if other is not None and other.state == "running" and _is_forgotten(other):
            end(session, other.id, "failed", datetime.now(UTC), error="Its process was ended.")
            return _ask(session, kind, actor=actor, note=note, model_id=model_id, background=background)
        by = f", asked for by {other.asked_by}" if other is not None else ""
        raise TrainingRefused(
            f"A training or comparison is under way already{by}: wait for it, or cancel it."
        ) from None
    session.refresh(job)
    tell_pages(session, "training")
    if background:
        # The task's own lock: whatever is asked for, the machine does one at a time.
        defer(session, "train_and_compare", queue=QUEUE, lock=QUEUE, job_id=str(job.id))
    return job


def _is_forgotten(job: TrainingJob) -> bool:
    return job.seen_at is None or datetime.now(UTC) - job.seen_at > FORGOTTEN_AFTER


def begin(session: Session, job_id: UUID, now: datetime) -> TrainingJob | None:
    """Claim the job; None when there is nothing left to do. Raises InOtherHands while another works on it."""
    job = locked(session, TrainingJob, job_id)
    if job.state == "running" and job.seen_at is not None and now - job.seen_at < ABANDONED_AFTER:
        raise InOtherHands
    if job.state not in ("waiting", "running"):
        return None
    if job.cancelled_by is not None:
        end(session, job_id, "cancelled", now)
        return None
    if job.attempts >= MOST_ATTEMPTS:
        end(session, job_id, "failed", now, error="Its process was ended three times.")
        return None
    job.state, job.attempts = "running", job.attempts + 1
    job.started_at, job.seen_at = job.started_at or now, now
    job.step, job.percent = None, 0
    if job.attempts > 1:
        job.log += f"Begun again: its process was ended (attempt {job.attempts}).\n"
    return job


def note_progress(
    session: Session, job_id: UUID, now: datetime, *, step: str | None, percent: int, lines: str = ""
) -> bool:
    """Write how far it is; whether it may go on (False: somebody cancelled it, or another process has it)."""
    job = locked(session, TrainingJob, job_id)
    if job.state != "running" or job.cancelled_by is not None:
        return False
    job.seen_at = now
    if step is not None and (step, percent) != (job.step, job.percent):
        job.step, job.percent = step, max(job.percent, percent)
        tell_pages(session, "training")
    job.log = (job.log + lines)[-LONGEST_LOG:]
    return True


def note_model(session: Session, job_id: UUID, model_id: int) -> None:
    """The training made this model: should the job be begun again, it goes on from there."""
    locked(session, TrainingJob, job_id).model_id = model_id


def give_back(session: Session, job_id: UUID) -> None:
    """The process stops in order: another one begins the job again, and this was no failed attempt."""
    job = locked(session, TrainingJob, job_id)
    if job.state == "running":
        job.state, job.attempts = "waiting", job.attempts - 1


def end(
    session: Session,
    job_id: UUID,
    state: Literal["done", "failed", "cancelled"],
    now: datetime,
    *,
    error: str | None = None,
    model_id: int | None = None,
    comparison_id: UUID | None = None,
) -> None:
    """The job is over. Its log stays."""
    job = locked(session, TrainingJob, job_id)
    job.state, job.ended_at, job.error = state, now, error
    job.model_id = model_id or job.model_id
    job.comparison_id = comparison_id
    if state == "done":
        job.step, job.percent = None, 100
    tell_pages(session, "training")


def cancel(session: Session, job_id: UUID, *, actor: str, now: datetime) -> bool:
    """Stop the job: one that waits at once, one under way within a second or two. False: it is over."""
    job = session.scalar(select(TrainingJob).where(TrainingJob.id == job_id).with_for_update())
    if job is None or job.state not in ("waiting", "running"):
        return False
    job.cancelled_by = actor
    tell_pages(session, "training")
    abandoned = job.seen_at is None or now - job.seen_at > ABANDONED_AFTER
    if job.state == "waiting" or abandoned:
        job.state, job.ended_at = "cancelled", now
    return True
