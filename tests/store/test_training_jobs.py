"""Trainings as jobs: one at a time, begun again after a death, cancelled at any moment."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from crm_store.queries.models import open_job
from crm_store.services import training_jobs as jobs
from tests.store.models import a_model

NOW = datetime.now(UTC)


def test_a_training_is_a_job_of_its_queue_and_one_at_a_time(session):
    job = jobs.ask_training(session, actor="thoko", note="tankers")
    (queued,) = session.execute(text("SELECT queue_name, lock, args FROM procrastinate_jobs")).all()
    assert queued == ("training", "training", {"job_id": str(job.id)})
    with pytest.raises(jobs.TrainingRefused, match="asked for by thoko"):
        jobs.ask_training(session, actor="sipho")
    now = datetime.now(UTC)  # a run that has been silent for long is not waited for
    assert jobs.begin(session, job.id, now).state == "running"
    with pytest.raises(jobs.TrainingRefused):
        jobs.ask_comparison(session, a_model(session).id, actor="sipho")
    jobs.end(session, job.id, "done", now)
    assert jobs.ask_training(session, actor="sipho", background=False).state == "waiting"


def test_a_job_that_another_works_on_is_left_to_it_until_it_falls_silent(session):
    job = jobs.ask_training(session, actor="thoko")
    jobs.begin(session, job.id, NOW)
    with pytest.raises(jobs.InOtherHands):
        jobs.begin(session, job.id, NOW + timedelta(seconds=5))
    again = jobs.begin(session, job.id, NOW + timedelta(seconds=20))
    assert (again.attempts, again.started_at) == (2, NOW)
    assert "Begun again" in again.log


def test_a_job_whose_process_dies_three_times_has_failed(session):
    job = jobs.ask_training(session, actor="thoko")
    for attempt in range(4):
        jobs.begin(session, job.id, NOW + timedelta(minutes=attempt))
    assert (job.state, open_job(session)) == ("failed", None)


def test_a_job_given_back_in_order_costs_no_attempt(session):
    job = jobs.ask_training(session, actor="thoko")
    for _ in range(5):
        jobs.begin(session, job.id, NOW)
        jobs.give_back(session, job.id)
    assert jobs.begin(session, job.id, NOW).attempts == 1


def test_progress_never_goes_back_and_the_log_keeps_its_end(session):
    job = jobs.ask_training(session, actor="thoko")
    jobs.begin(session, job.id, NOW)
    jobs.note_progress(session, job.id, NOW, step="Learning", percent=40, lines="x" * jobs.LONGEST_LOG)
    assert jobs.note_progress(session, job.id, NOW, step="Reading", percent=10, lines="the end\n")
    assert (job.step, job.percent, len(job.log)) == ("Reading", 40, jobs.LONGEST_LOG)
    assert job.log.endswith("the end\n")


def test_cancelling(session):
    waiting = jobs.ask_training(session, actor="thoko")
    assert jobs.cancel(session, waiting.id, actor="sipho", now=NOW)
    assert (waiting.state, waiting.cancelled_by) == ("cancelled", "sipho")
    assert jobs.begin(session, waiting.id, NOW) is None
    assert not jobs.cancel(session, waiting.id, actor="sipho", now=NOW)
    running = jobs.ask_training(session, actor="thoko")
    jobs.begin(session, running.id, NOW)
    assert jobs.cancel(session, running.id, actor="sipho", now=NOW)
    assert running.state == "running", "its process ends it"
    assert not jobs.note_progress(session, running.id, NOW, step="Learning", percent=50)


def test_a_job_whose_process_is_gone_is_in_nobodys_way(session):
    job = jobs.ask_training(session, actor="thoko", background=False)
    jobs.begin(session, job.id, datetime.now(UTC) - timedelta(minutes=5))
    other = jobs.ask_training(session, actor="sipho")
    assert (job.state, open_job(session).id) == ("failed", other.id)
