"""Models: stored, compared, through the gate into service, and back."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from crm_store.database import transaction
from crm_store.queries.models import current_publication, has_file, model_lines, publications
from crm_store.services import models
from crm_store.services.models import (
    GateClosed,
    PublicationRefused,
    forget_old_files,
    publish,
    roll_back,
    store_comparison,
)
from crm_store.services.shadow import start_shadow
from crm_store.tables import ModelFile, Shadow
from tests.store.models import a_model, in_service, judged, measured

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def put(session, model, **more):
    return publish(session, model.id, **{"actor": "thoko", "reason": "more words for tankers", **more})


def test_a_measured_model_goes_into_service_and_stands_in_the_history(session):
    old, new = in_service(session), a_model(session)
    comparison = measured(session, new, old)
    made = put(session, new)
    current = current_publication(session)
    assert (current.id, current.model_id, current.kind, current.override) == (
        made.id,
        new.id,
        "published",
        None,
    )
    assert current.comparison_id == comparison.id
    assert [model.id for _, model in publications(session)] == [new.id, old.id]
    assert model_lines(session)[0].model.scores["class"] == {"all": 1.0, "zu": 1.0}


def test_what_was_not_measured_beside_the_one_in_service_is_refused(session):
    old, new, third = in_service(session), a_model(session), a_model(session)
    with pytest.raises(PublicationRefused, match="compare them first"):
        put(session, new)
    measured(session, new, old)
    measured(session, third, old)
    put(session, new)
    with pytest.raises(PublicationRefused, match="compare them first"):
        put(session, third)


def test_the_gate_is_closed_by_one_class_that_falls_and_opened_by_a_reason(session):
    old, new = in_service(session), a_model(session)
    worse = judged("dispute", "dispute", "complaint", times=3) + judged(
        "dispute", "dispute", "dispute", times=7
    )
    measured(session, new, old, worse + judged("query", "complaint", "query", times=90))
    with pytest.raises(GateClosed, match=r"dispute \(10 > 7 right\)") as closed:
        put(session, new)
    assert closed.value.fallen[0]["points"] == 30
    with pytest.raises(GateClosed):
        put(session, new, override="  ")
    assert current_publication(session).model_id == old.id
    put(session, new, override="the three messages are mislabelled")
    assert current_publication(session).override == "the three messages are mislabelled"


def test_live_messages_that_became_examples_do_not_open_or_close_the_gate(session):
    old, new = in_service(session), a_model(session)
    held_out = judged("query", "query", "query", times=9)
    learnt = judged("dispute", "dispute", "complaint", times=5, message_id="a", learnt=True)
    comparison = store_comparison(session, new, old.id, held_out, learnt, {}, 2.0)
    assert comparison.fallen == []
    assert comparison.figures["messages"] == {"held_out": 9, "live": 0, "learnt": 5}
    unknown = judged("dispute", "dispute", "complaint", times=5, message_id="b")
    comparison = store_comparison(session, new, old.id, held_out, learnt + unknown, {}, 2.0)
    assert {(fall["on"], fall["label"]) for fall in comparison.fallen} == {
        ("live", "dispute"),
        ("live", "zu"),
    }
    assert len(comparison.figures["changes"]) == 10


def test_what_cannot_be_served_is_refused_with_what_to_do(session):
    old, other_version, gone = in_service(session), a_model(session, frame="other"), a_model(session)
    for model in (other_version, gone):
        measured(session, model, old)
    session.delete(session.get_one(ModelFile, gone.id))
    session.flush()
    with pytest.raises(PublicationRefused, match="another version"):
        put(session, other_version)
    with pytest.raises(PublicationRefused, match="no longer kept"):
        put(session, gone)
    with pytest.raises(PublicationRefused, match="no model 999"):
        publish(session, 999, actor="thoko", reason="a try")


def test_a_reason_is_needed_and_the_served_model_is_not_published_again(session):
    old, new = in_service(session), a_model(session)
    measured(session, new, old)
    with pytest.raises(PublicationRefused, match="Say why"):
        put(session, new, reason=" ")
    put(session, new)
    with pytest.raises(PublicationRefused, match="in service already"):
        put(session, new)


def test_rolling_back_goes_to_the_model_before_and_forth_again(session):
    old, new = in_service(session), a_model(session)
    with pytest.raises(PublicationRefused, match="no earlier model"):
        roll_back(session, actor="thoko", reason="worse in the street")
    measured(session, new, old)
    put(session, new)
    assert roll_back(session, actor="thoko", reason="worse in the street").model_id == old.id
    assert current_publication(session).kind == "rolled_back"
    assert roll_back(session, actor="thoko", reason="it was not the model").model_id == new.id
    third = a_model(session)
    with pytest.raises(PublicationRefused, match="was not in service before"):
        roll_back(session, actor="thoko", reason="that one", to=third.id)
    assert [row.kind for row, _ in publications(session)] == [
        "rolled_back", "rolled_back", "published", "installed",
    ]  # fmt: skip


def test_files_of_models_that_nobody_will_put_back_go(session):
    models = [in_service(session)]
    for _ in range(6):
        model = a_model(session)
        measured(session, model, models[-1])
        put(session, model)
        models.append(model)
    unpublished = [a_model(session) for _ in range(5)]
    start_shadow(session, unpublished[0].id, share=10, actor="thoko")
    gone = forget_old_files(session, NOW)
    kept = [has_file(session, model.id) for model in models]
    assert kept == [False, False, False, True, True, True, True]
    assert [has_file(session, model.id) for model in unpublished] == [True, False, True, True, True]
    assert gone == 4
    assert forget_old_files(session, NOW) == 0


def test_a_candidate_that_goes_into_service_reads_along_no_more(session):
    old, new = in_service(session), a_model(session)
    measured(session, new, old)
    start_shadow(session, new.id, share=50, actor="sipho")
    put(session, new)
    assert session.scalar(select(Shadow)).stopped_by == "thoko"


def test_a_model_that_goes_into_service_while_old_files_go_keeps_its_file(database_url, monkeypatch):
    def install() -> int:
        """As an engine does it at its first start (engine/published.py)."""
        with transaction() as session:
            session.execute(text("LOCK TABLE publications IN SHARE ROW EXCLUSIVE MODE"))
            return in_service(session).id

    looked = models.current_publication
    with ThreadPoolExecutor() as engines:
        installed = []

        def look_and_be_slow(session):
            found = looked(session)
            installed.append(engines.submit(install))
            wait(installed, timeout=1)  # in vain: it waits for us
            return found

        monkeypatch.setattr(models, "current_publication", look_and_be_slow)
        with transaction() as session:
            forget_old_files(session, NOW)
        model_id = installed[0].result(20)
    with transaction() as session:
        assert has_file(session, model_id)
