"""Models at the desk, through its doors: trained, compared, published, put back, reading along."""

from datetime import UTC, datetime

import pytest

from crm_store.database import transaction
from crm_store.queries.models import current_publication, open_job
from crm_store.services import training_jobs
from crm_store.services.models import publish
from crm_store.services.shadow import next_batch, note_readings
from crm_store.tables import EngineReplica, Shadow
from tests.desk.conftest import post, signed_in
from tests.store.models import a_model, in_service, judged, measured
from tests.store.people import jobs
from tests.store.test_shadow import ROADS, WATER, answered, later

MODELS = "/desk/training/models"


@pytest.fixture
def models(client):
    """A trainer signed in, a model in service (1) and a better one that was measured (2); their ids."""
    signed_in(client, "trainer", "thoko")
    with transaction() as session:
        old, new = in_service(session), a_model(session)
        measured(session, new, old)
        return old.id, new.id


def served():
    with transaction() as session:
        return current_publication(session)


def test_before_anything_ran_the_page_says_what_to_expect(client):
    signed_in(client, "trainer")
    page = client.get(MODELS).text
    assert "There is no model yet." in page
    assert "has not been started yet" in page


@pytest.mark.parametrize("path", ["", "/_job", "/_service", "/2", "/shadow"])
def test_only_trainers_see_models(client, models, path):
    signed_in(client, "agent")
    assert client.get(MODELS + path).status_code in (403, 404)


def test_the_list_the_model_and_the_history(client, models):
    old, new = models
    page = client.get(MODELS).text
    for words in (
        f"Model {old}",
        f"{MODELS}/{new}",
        "in service",
        "came with Phendula",
        "No engine runs now",
    ):
        assert words in page
    with transaction() as session:
        session.add(
            EngineReplica(
                name="here:5005:7",
                model_name="m",
                publication_id=None,
                error="it cannot be loaded",
                seen_at=datetime.now(UTC),
            )
        )
    assert "it cannot be loaded" in client.get(f"{MODELS}/_service").text
    page = client.get(f"{MODELS}/{new}").text
    for words in ("The gate is open", "+100.0", "0.002", "better"):
        assert words in page


def test_a_training_is_asked_for_shown_and_stopped(client, models):
    assert post(client, f"{MODELS}/train", note="tankers").headers["location"] == MODELS
    with transaction() as session:
        job = open_job(session)
        assert (job.asked_by, job.note, len(jobs(session, "train_and_compare"))) == ("thoko", "tankers", 1)
        training_jobs.begin(session, job.id, datetime.now(UTC))
        training_jobs.note_progress(
            session, job.id, datetime.now(UTC), step="Learning the languages", percent=42, lines="a line\n"
        )
    fragment = client.get(f"{MODELS}/_job").text
    assert "Learning the languages" in fragment
    assert 'value="42"' in fragment
    assert "a line" in client.get(f"{MODELS}/jobs/{job.id}").text
    post(client, f"{MODELS}/train")
    assert "under way already" in client.get(MODELS).text
    post(client, f"{MODELS}/jobs/{job.id}/cancel")
    with transaction() as session:
        assert open_job(session).cancelled_by == "thoko"
        training_jobs.end(session, job.id, "cancelled", datetime.now(UTC))
    assert "stopped" in client.get(MODELS).text
    post(client, f"{MODELS}/jobs/{job.id}/cancel")
    assert "It was over already." in client.get(MODELS).text


def test_publishing_needs_a_reason_and_puts_the_model_into_service(client, models):
    _, new = models
    refused = post(client, f"{MODELS}/{new}/publish", reason="")
    assert refused.status_code == 422
    assert 'aria-describedby="reason-fault"' in refused.text
    assert post(client, f"{MODELS}/{new}/publish", reason="tanker words").status_code == 303
    assert (served().model_id, served().actor, served().reason) == (new, "thoko", "tanker words")
    page = client.get(MODELS).text
    assert "tanker words" in page
    assert "the engines take it up one by one" in page


def test_a_closed_gate_asks_for_a_second_reason_and_keeps_what_was_typed(client, models):
    old, _ = models
    with transaction() as session:
        worse = a_model(session)
        measured(session, worse, current_model(session), judged("dispute", "dispute", "query", times=9))
    path = f"{MODELS}/{worse.id}"
    assert "The gate is closed" in client.get(path).text
    refused = post(client, f"{path}/publish", reason="a <try>")
    assert refused.status_code == 422
    assert 'value="a &lt;try&gt;"' in refused.text
    assert 'aria-describedby="override-fault"' in refused.text
    assert served().model_id == old
    post(client, f"{path}/publish", reason="a try", override="the nine are mislabelled")
    assert served().override == "the nine are mislabelled"
    assert "gate overridden" in client.get(MODELS).text


def current_model(session):
    from crm_store.tables import Model

    return session.get_one(Model, current_publication(session).model_id)


def test_what_was_measured_beside_another_is_compared_anew(client, models):
    old, new = models
    with transaction() as session:
        third = a_model(session)
        measured(session, third, current_model(session))
        publish(session, new, actor="thoko", reason="tankers")
    page = client.get(f"{MODELS}/{third.id}").text
    assert "was not measured beside the model that is in service now" in page
    assert "not measured beside" in post(client, f"{MODELS}/{third.id}/publish", reason="x").text
    post(client, f"{MODELS}/{third.id}/compare")
    with transaction() as session:
        assert (open_job(session).kind, open_job(session).model_id) == ("compare", third.id)
    post(client, f"{MODELS}/999999/compare")
    assert "It cannot be measured now" in client.get(f"{MODELS}/{third.id}").text
    assert old != third.id


def test_an_earlier_model_is_put_back(client, models):
    old, new = models
    post(client, f"{MODELS}/roll-back", to="", reason="worse")
    assert "no earlier model" in client.get(MODELS).text
    post(client, f"{MODELS}/{new}/publish", reason="tankers")
    post(client, f"{MODELS}/roll-back", to=str(old), reason="")
    assert served().model_id == new
    post(client, f"{MODELS}/roll-back", to=str(old), reason="takes thanks for complaints")
    assert (served().model_id, served().kind) == (old, "rolled_back")


def test_a_model_reads_along_and_shows_what_it_says_otherwise(client, models):
    _, new = models
    assert "No model has read along yet." in client.get(f"{MODELS}/shadow").text
    post(client, f"{MODELS}/{new}/read-along", share="500")
    assert "from 1 to 100" in client.get(f"{MODELS}/{new}").text
    post(client, f"{MODELS}/{new}/read-along", share="100")
    assert "It has read no message yet" in client.get(f"{MODELS}/shadow").text
    with transaction() as session:
        message = answered(session, "Awekho amanzi, call me 0821234567")
        batch = next_batch(session, later())
        note_readings(session, batch, [(message.id, WATER, ROADS)])
    page = client.get(f"{MODELS}/shadow").text
    assert "Awekho amanzi" in page
    assert "0821234567" not in page
    assert "0.0 %" in page
    post(client, f"{MODELS}/shadow/stop")
    with transaction() as session:
        assert session.query(Shadow).one().stopped_by == "thoko"


def test_what_there_is_not(client, models):
    for path in ("999999", "99999999999999999999999999", "jobs/0190a000-0000-7000-8000-000000000000", "x"):
        assert client.get(f"{MODELS}/{path}").status_code == 404


def test_the_pages_speak_isizulu(client, models):
    signed_in(client, "trainer", language="zu")
    for path in (MODELS, f"{MODELS}/{models[1]}", f"{MODELS}/shadow"):
        page = client.get(path).text
        assert 'lang="zu"' in page
        assert "In service" not in page
