"""Jobs from beginning to end with a quick stand-in for the engine: done, failed, cancelled, cut off."""

import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from crm_store.database import transaction
from crm_store.queries.models import content_of, current_publication, newest_comparison
from crm_store.queries.shadow import agreement
from crm_store.services import training_jobs
from crm_store.services.shadow import start_shadow
from crm_store.settings import settings
from crm_store.tables import Model, TrainingJob
from phendula import engine_process, trainer
from tests.store.models import a_model, in_service
from tests.store.test_shadow import answered, later

STAND_IN = Path(__file__).parents[1] / "stand_ins" / "engine_commands.py"


@pytest.fixture
def mood(database_url, monkeypatch, tmp_path):
    """The stand-in instead of the engine, examples of its own, a model in service; sets how it behaves."""
    monkeypatch.setattr(engine_process, "ENGINE_PYTHON", Path(sys.executable))
    monkeypatch.setattr(engine_process, "ENGINE_START", STAND_IN)
    monkeypatch.setattr(engine_process, "LOOK_SECONDS", 0.02)
    monkeypatch.setenv("PHENDULA_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    examples = tmp_path / "examples"
    examples.mkdir()
    (examples / "water.en.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: complaint\n  metadata: {category: water, language: en}\n'
        "  examples: |\n    - no water here\n    - better than before\n"
    )
    monkeypatch.setattr(trainer, "EXAMPLES", examples)
    with transaction() as session:
        in_service(session)
    return lambda name: monkeypatch.setenv("STAND_IN_ENGINE", name)


def asked(**more):
    with transaction() as session:
        return training_jobs.ask_training(session, **{"actor": "thoko", "note": "tankers", **more}).id


def job_of(job_id):
    with transaction() as session:
        return session.get_one(TrainingJob, job_id)


def test_a_training_ends_with_a_measured_model(mood):
    steps = []
    job_id = asked()
    assert trainer.run_job(job_id, on_step=lambda step, percent: steps.append((percent, step))) == "done"
    job = job_of(job_id)
    with transaction() as session:
        model = session.get_one(Model, job.model_id)
        assert (model.trained_by, model.note, model.origin) == ("thoko", "tankers", "trained")
        assert b"no water here" in content_of(session, model.id)
        comparison = newest_comparison(session, model.id)
        assert comparison.published_id == current_publication(session).model_id
    assert job.comparison_id == comparison.id
    held_out = comparison.figures["held_out"]["class"]["all"]
    assert (held_out["before"], held_out["after"], held_out["messages"]) == (12, 36, 36)
    assert comparison.figures["entities"]["after"]["location"]["met"] == 3
    assert (job.state, job.percent) == ("done", 100)
    assert "Learning classes" in job.log
    assert not (settings().data_dir / "training").exists()
    assert "no water" not in str(comparison.figures)


def test_a_second_measurement_of_the_same_model(mood):
    trainer.run_job(asked())
    with transaction() as session:
        model = session.query(Model).order_by(Model.id.desc()).first()
        job = training_jobs.ask_comparison(session, model.id, actor="sipho")
    assert trainer.run_job(job.id) == "done"
    assert job_of(job.id).model_id == model.id


def test_a_failure_keeps_the_last_words(mood):
    mood("fails")
    job_id = asked()
    assert trainer.run_job(job_id) == "failed"
    assert "broken in line 7" in job_of(job_id).error
    assert asked() != job_id, "another may be asked for"


def slow_job(run):
    """A job that has begun, and the thread that waits for it."""
    job_id = asked()
    ended = []
    thread = threading.Thread(target=lambda: ended.append(run(job_id)))
    thread.start()
    until = time.monotonic() + 60
    while job_of(job_id).step is None and time.monotonic() < until:
        time.sleep(0.02)
    (child,) = [
        one for one in psutil.Process().children(recursive=True) if str(STAND_IN) in " ".join(one.cmdline())
    ]
    return job_id, thread, ended, child


def test_cancelling_ends_the_process(mood, monkeypatch):
    monkeypatch.setattr(trainer, "TELL_SECONDS", 0.0)
    mood("slow")
    job_id, thread, ended, child = slow_job(trainer.run_job)
    assert child.nice() > 0
    with transaction() as session:
        training_jobs.cancel(session, job_id, actor="sipho", now=datetime.now(UTC))
    thread.join(10)
    assert ended == ["cancelled"]
    assert not child.is_running()
    assert not (settings().data_dir / "training").exists()


def test_a_worker_that_stops_leaves_the_job_to_the_next(mood):
    mood("slow")
    stop = threading.Event()

    def run(job_id):
        with pytest.raises(trainer.WorkerStops):
            trainer.run_job(job_id, stopping=stop.is_set)

    job_id, thread, _, child = slow_job(run)
    stop.set()
    thread.join(10)
    assert not child.is_running()
    assert (job_of(job_id).state, job_of(job_id).attempts) == ("waiting", 0)
    mood("")
    assert trainer.run_job(job_id) == "done"


def test_a_job_cut_off_after_its_training_does_not_train_again(mood, monkeypatch):
    job_id = asked()
    with monkeypatch.context() as broken:
        broken.setattr(trainer, "_compare", lambda *_: (_ for _ in ()).throw(KeyError("a bug")))
        with pytest.raises(KeyError):
            trainer.run_job(job_id)
    model_id = job_of(job_id).model_id
    monkeypatch.setattr(training_jobs, "ABANDONED_AFTER", datetime.resolution * 0)
    assert trainer.run_job(job_id) == "done"
    assert job_of(job_id).model_id == model_id


def test_a_broken_file_of_examples_is_named(mood):
    (trainer.EXAMPLES / "roads.en.yml").write_text("nlu: [")
    with transaction() as session:
        in_pending_change(session)
    job_id = asked()
    assert trainer.run_job(job_id) == "failed"
    assert "no YAML" in job_of(job_id).error


def in_pending_change(session):
    from crm_store.tables import ExampleChange

    example = {"file": "roads.en.yml", "intent": "complaint", "category": "roads", "language": "en"}
    session.add(ExampleChange(after={**example, "text": "a hole"}, actor="thoko"))


def test_the_candidate_in_shadow_mode_reads_along(mood):
    with transaction() as session:
        candidate = a_model(session, "better")
        shadow = start_shadow(session, candidate.id, share=100, actor="thoko")
        answered(session, "Ngicela ukubuza nge-akhawunti")
        answered(session, "Kungani i-bill yami inkulu")
    assert trainer.read_next_batch(later()) == (2, 2)
    assert trainer.read_next_batch(later()) == (0, 0)
    with transaction() as session:
        (row,) = agreement(session, shadow.id)["all"]
    assert (row.messages, row.alike) == (2, 0)


def test_nobody_reads_along_when_nobody_is_asked_to(mood):
    with transaction() as session:
        answered(session)
    assert trainer.read_next_batch(later()) == (0, 0)
