"""Trains, measures and lets candidates read along: what the queue 'training' asks for.

The engine does the work in a process of its own, at low priority; here it is told what to do, and what it
says is written into the store.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import structlog
import yaml
from procrastinate import RetryStrategy

from crm_store.database import transaction
from crm_store.domain.comparison import Judged, Meaning
from crm_store.domain.example_text import FileNotUnderstood
from crm_store.example_files import read_files, write_files
from crm_store.queries.live_truths import live_truths
from crm_store.queries.models import content_of, current_publication
from crm_store.queue import app, worker_stops
from crm_store.services import training_jobs
from crm_store.services.examples import merged_files
from crm_store.services.models import forget_old_files, store_comparison, store_model
from crm_store.services.shadow import next_batch, note_readings
from crm_store.settings import settings
from crm_store.tables import Model
from phendula.engine_process import EngineFailed, EngineStopped, is_set_up, run_engine
from phendula.places import ROOT

log = structlog.get_logger(__name__)

EXAMPLES = ROOT / "nlu_data"
HELD_OUT = "test"
LIVE_DAYS = 31
#: Of a job that trains, the share of training in its percentage.
TRAINING_SHARE = 80
TELL_SECONDS = 2.0


#: The lowest priority there is: reading along may take any time.
LOWEST = 19


class WorkerStops(Exception):
    """This worker is to stop: another one begins the job again."""


def can_train() -> bool:
    """Whether trainings can be run on this machine."""
    return is_set_up()


@app.task(
    name="train_and_compare",
    queue=training_jobs.QUEUE,
    retry=RetryStrategy(max_attempts=20, wait=5),  # the job's own row counts how often it was begun
)
def train_and_compare(job_id: str) -> None:
    """Runs one job that was asked for."""
    outcome = run_job(UUID(job_id), stopping=worker_stops.is_set)
    log.info("training_job", job_id=job_id, outcome=outcome)


@app.periodic(cron="*/5 * * * *")
@app.task(name="read_along", queue=training_jobs.QUEUE, lock=training_jobs.QUEUE, queueing_lock="read_along")
def read_along(timestamp: int) -> None:  # noqa: ARG001
    """Has the candidate in shadow mode, if there is one, read what came in since; tidies up."""
    with transaction() as session:  # engines put models into service too, at each update of the product
        forget_old_files(session, datetime.now(UTC))
    try:
        read, differ = read_next_batch(datetime.now(UTC), stopping=worker_stops.is_set)
    except EngineStopped:
        return  # the next worker reads them
    if read:
        log.info("read_along", messages=read, differences=differ)


def read_next_batch(now: datetime, stopping: Callable[[], bool] = lambda: False) -> tuple[int, int]:
    """How many messages the candidate read, and how many of them it reads differently."""
    with transaction() as session:
        batch = next_batch(session, now)
        if batch is None:
            return 0, 0
        contents = [content_of(session, one) for one in (batch.published_id, batch.candidate_id)]
    with TemporaryDirectory(prefix="phendula-shadow-") as folder:
        models = [str(_written(Path(folder), content)) for content in contents]
        out = Path(folder) / "judged.json"
        texts = [{"id": str(key), "text": text} for key, text in batch.texts.items()]
        run_engine(
            ["judge", "--model", models[0], "--model", models[1], "--out", str(out)],
            lambda _progress, _lines: not stopping(),
            stdin="".join(json.dumps(one) + "\n" for one in texts),
            nice=LOWEST,
        )
        judged = json.loads(out.read_text(encoding="utf-8"))["messages"]
    with transaction() as session:
        differ = note_readings(session, batch, [(UUID(one["id"]), *one["said"]) for one in judged])
    return len(judged), differ


def run_job(
    job_id: UUID,
    stopping: Callable[[], bool] = lambda: False,
    on_step: Callable[[str, int], None] = lambda _step, _percent: None,
    examples: Path | None = None,
) -> str:
    """Runs the job to its end; returns its state, or 'not begun'. Raises WorkerStops when told to stop.

    `examples`: another folder than nlu_data/ to learn from.
    """
    with transaction() as session:
        job = training_jobs.begin(session, job_id, datetime.now(UTC))
    if job is None:
        return "not begun"
    try:
        with _folder_of(job_id) as folder:
            work = _Work(job_id, folder, stopping, on_step)
            # A job that is begun again after its training has its model already.
            model_id = job.model_id or _train(work, job.asked_by, job.note, examples)
            comparison_id = _compare(work, model_id, TRAINING_SHARE if job.kind == "train" else 0)
    except EngineStopped:
        if stopping():
            with transaction() as session:
                training_jobs.give_back(session, job_id)
            raise WorkerStops from None
        return _end(job_id, "cancelled")
    except EngineFailed as error:
        return _end(job_id, "failed", error=str(error))
    except OSError as error:
        return _end(job_id, "failed", error=f"{error.strerror}: {error.filename or settings().data_dir}")
    return _end(job_id, "done", model_id=model_id, comparison_id=comparison_id)


def _end(job_id: UUID, state: Any, **more: Any) -> str:
    now = datetime.now(UTC)
    with transaction() as session:
        training_jobs.end(session, job_id, state, now, **more)
        forget_old_files(session, now)
    return str(state)


@contextmanager
def _folder_of(job_id: UUID) -> Iterator[Path]:
    """A folder of the job's own, gone afterwards; what an ended process left behind goes first."""
    parent = settings().data_dir.resolve() / "training"
    shutil.rmtree(parent, ignore_errors=True)  # one job at a time
    folder = parent / str(job_id)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(parent, ignore_errors=True)


@dataclass
class _Work:
    """A job under way: its folder, and how it tells how far it is."""

    job_id: UUID
    folder: Path
    stopping: Callable[[], bool]
    on_step: Callable[[str, int], None]

    def run(self, arguments: list[str], begin: int, end: int, stdin: str = "") -> None:
        """A command of the engine, whose hundred percent are those from `begin` to `end` of the job."""

        told_at = 0.0

        def tell(progress: tuple[int, str] | None, lines: str) -> bool:
            nonlocal told_at
            if not lines and time.monotonic() - told_at < TELL_SECONDS:
                return not self.stopping()
            told_at = time.monotonic()
            percent, step = progress or (0, None)
            percent = begin + round((end - begin) * percent / 100)
            if step is not None:
                self.on_step(step, percent)
            with transaction() as session:
                may_go_on = training_jobs.note_progress(
                    session, self.job_id, datetime.now(UTC), step=step, percent=percent, lines=lines
                )
            return may_go_on and not self.stopping()

        run_engine(arguments, tell, stdin=stdin)


def _train(work: _Work, actor: str, note: str | None, source: Path | None) -> int:
    """Trains on the examples as they are now; returns the new model's id."""
    # A copy, with what is not written into the files yet: trainers go on while the model learns.
    examples = work.folder / "examples"
    examples.mkdir()
    try:
        with transaction() as session:
            files = read_files(source) if source is not None else merged_files(session, EXAMPLES)
        write_files(examples, files)
    except FileNotUnderstood as error:
        raise EngineFailed(f"{error}. Put the file right first.") from error
    except yaml.YAMLError as error:
        raise EngineFailed(f"A file of examples is no YAML: {error}") from error
    out = work.folder / "trained"
    work.run(["train", "--out", str(out), "--examples", str(examples), "--force"], 0, TRAINING_SHARE)
    (path,) = out.glob("phendula-*.tar.gz")
    facts = json.loads(path.with_name(path.name.replace(".tar.gz", ".json")).read_text(encoding="utf-8"))
    with transaction() as session:
        model = store_model(session, path.name, path.read_bytes(), facts, trained_by=actor, note=note)
        training_jobs.note_model(session, work.job_id, model.id)
    return model.id


def _compare(work: _Work, candidate_id: int, begin: int) -> UUID:
    """Measures the model beside the one in service; returns the comparison's id."""
    with transaction() as session:
        current = current_publication(session)
        # The model in service beside itself would say nothing: then it is measured alone.
        beside = None if current is None or current.model_id == candidate_id else current.model_id
        files = [_written(work.folder, content_of(session, one)) for one in (beside, candidate_id) if one]
        corrected = {
            str(one.message_id): one
            for one in live_truths(session, datetime.now(UTC) - timedelta(days=LIVE_DAYS))
        }
    out = work.folder / "judged.json"
    models = [part for path in files for part in ("--model", str(path))]
    given = "".join(json.dumps({"id": key, "text": one.text}) + "\n" for key, one in corrected.items())
    work.run(["judge", *models, "--on", HELD_OUT, "--out", str(out)], begin, 100, stdin=given)
    judged = json.loads(out.read_text(encoding="utf-8"))
    with transaction() as session:
        comparison = store_comparison(
            session,
            session.get_one(Model, candidate_id),
            beside,
            [_judged(Meaning.of(one["truth"]), one["said"]) for one in judged["held_out"]],
            [
                _judged(
                    corrected[one["id"]].meaning,
                    one["said"],
                    message_id=one["id"],
                    learnt=corrected[one["id"]].learnt,
                )
                for one in judged["messages"]
            ],
            {"before": judged["entities"][0] if beside else None, "after": judged["entities"][-1]},
            settings().gate_points,
        )
    return comparison.id


def _written(folder: Path, content: bytes | None) -> Path:
    if content is None:
        raise EngineFailed("The file of the model is no longer kept: train anew.")
    number = len(list(folder.glob("compared-*.tar.gz")))
    path = folder / f"compared-{number}.tar.gz"
    path.write_bytes(content)
    return path


def _judged(truth: Meaning, said: list[dict[str, Any]], **more: Any) -> Judged:
    return Judged(truth, Meaning.of(said[0]) if len(said) > 1 else None, Meaning.of(said[-1]), **more)
