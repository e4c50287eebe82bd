"""Models: stored, measured, published and rolled back. The engines look at the newest publication."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from crm_store.domain.comparison import QUESTIONS, Fall, Judged, Question, changes, compare, gate
from crm_store.live import publish as tell_pages
from crm_store.queries.models import current_publication, has_file, newest_comparison, published_before
from crm_store.tables import Model, ModelComparison, ModelFile, Publication, Shadow, TrainingJob, new_id

#: Of the files: the last ones trained, and the last ones published. Rows stay for the history.
TRAINED_KEPT = 3
PUBLISHED_KEPT = 4
COMPARISONS_KEPT_DAYS = 365
#: Of what falls, in one message.
NAMED = 4


class PublicationRefused(Exception):
    """The model does not go into service; the message says why and what to do. `why` is the reason's key."""

    WORDS: ClassVar = {
        "unknown": "There is no model {number}.",
        "in_service": "Model {number} is in service already.",
        "no_file": "The file of model {number} is no longer kept: train anew.",
        "other_version": "Model {number} was made by another version of Phendula, whose rules have changed"
        " since: train anew.",
        "not_compared": "Model {number} was not measured beside the one in service: compare them first.",
        "no_reason": "Say why: the reason stands in the history.",
        "no_earlier": "There is no earlier model to go back to.",
        "never_served": "Model {number} was not in service before: publish it instead.",
        "gate": "The gate is closed for model {number}.",
    }

    def __init__(self, why: str, model_id: int | None = None, words: str = "") -> None:
        super().__init__(words or self.WORDS[why].format(number=model_id))
        self.why = why
        self.model_id = model_id


class GateClosed(PublicationRefused):
    """A class or language falls by more than the margin: `fallen` names them."""

    def __init__(self, model_id: int, fallen: Sequence[dict[str, Any]]) -> None:
        self.fallen = list(fallen)
        named = [f"{fall['label']} ({fall['before']} > {fall['after']} right)" for fall in fallen[:NAMED]]
        more = f" and {len(fallen) - NAMED} more" if len(fallen) > NAMED else ""
        words = f"The gate is closed: it would understand less of {', '.join(named)}{more}."
        super().__init__("gate", model_id, words)


def store_model(
    session: Session, name: str, content: bytes, facts: dict[str, Any], *, trained_by: str, note: str | None
) -> Model:
    """Keep a trained model's file and what is known of it: `frame`, `data_version`, `examples`."""
    _one_at_a_time(session)
    model = Model(
        name=name,
        frame=str(facts["frame"]),
        data_version=str(facts["data_version"]),
        examples=int(facts["examples"]),
        origin="trained",
        trained_by=trained_by,
        note=note,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    session.add(model)
    session.flush()
    session.add(ModelFile(model_id=model.id, content=content))
    session.flush()
    return model


def store_comparison(
    session: Session,
    candidate: Model,
    published_id: int | None,
    held_out: Sequence[Judged],
    live: Sequence[Judged],
    entities: dict[str, Any],
    margin: float,
) -> ModelComparison:
    """Work out and keep what the candidate does better and worse, and what the gate holds against it.

    Of the live messages those that became examples are listed only: the candidate knows them by heart.
    """
    unknown = [one for one in live if not one.learnt]
    on_held_out, on_live = compare(held_out), compare(unknown)
    falls: list[Fall] = gate("held_out", on_held_out, margin) + gate("live", on_live, margin)
    comparison = ModelComparison(
        id=new_id(),
        candidate_id=candidate.id,
        published_id=published_id,
        figures={
            "messages": {"held_out": len(held_out), "live": len(unknown), "learnt": len(live) - len(unknown)},
            "held_out": on_held_out,
            "live": on_live,
            "entities": entities,
            "changes": changes(live),
            "margin": margin,
        },
        fallen=[{**asdict(fall), "points": round(fall.points, 1)} for fall in falls],
    )
    candidate.scores = _scores(on_held_out, "after")
    if published_id is not None:
        session.get_one(Model, published_id).scores = _scores(on_held_out, "before")
    session.add(comparison)
    session.flush()
    return comparison


def _scores(figures: dict[Question, dict[str, Any]], when: str) -> dict[str, Any]:
    """For each question the share that is right, of all and of each language, `before` or `after`."""
    return {
        question: {
            name: round(row[when] / row["messages"], 4)
            for name, row in {"all": figures[question]["all"], **figures[question]["languages"]}.items()
            if row["messages"]
        }
        for question in QUESTIONS
    }


def publish(
    session: Session, model_id: int, *, actor: str, reason: str, override: str | None = None
) -> Publication:
    """Put the model into service. Raises PublicationRefused; GateClosed unless `override` says why anyway."""
    _one_at_a_time(session)
    current = current_publication(session)
    model = _insist_on_servable(session, model_id, current)
    if not reason.strip():
        raise PublicationRefused("no_reason")
    comparison = newest_comparison(session, model_id)
    if comparison is None or (current is not None and comparison.published_id != current.model_id):
        raise PublicationRefused("not_compared", model_id)
    if comparison.fallen and not (override or "").strip():
        raise GateClosed(model_id, comparison.fallen)
    return _put_into_service(
        session,
        model,
        Publication(
            model_id=model.id,
            kind="published",
            actor=actor,
            reason=reason.strip(),
            override=override if comparison.fallen else None,
            comparison_id=comparison.id,
        ),
    )


def roll_back(session: Session, *, actor: str, reason: str, to: int | None = None) -> Publication:
    """Put a model that was in service before back: `to`, or the last other one. Raises PublicationRefused.

    The gate is not asked: that model has been answering people.
    """
    _one_at_a_time(session)
    current = current_publication(session)
    if not reason.strip():
        raise PublicationRefused("no_reason")
    before = [] if current is None else published_before(session, current)
    if to is not None and to not in before:
        raise PublicationRefused("never_served", to)
    if not before:
        raise PublicationRefused("no_earlier")
    model = _insist_on_servable(session, before[0] if to is None else to, current)
    return _put_into_service(
        session,
        model,
        Publication(model_id=model.id, kind="rolled_back", actor=actor, reason=reason.strip()),
    )


def forget_old_files(session: Session, now: datetime) -> int:
    """Delete the files of models that nobody will put back, and comparisons of more than a year ago.

    Returns how many files went.
    """
    _one_at_a_time(session)  # a file that came after we looked would be taken for one that nobody needs
    trained = select(Model.id).where(Model.origin == "trained").order_by(Model.id.desc()).limit(TRAINED_KEPT)
    kept = set(session.scalars(trained))
    current = current_publication(session)
    if current is not None:
        kept |= {current.model_id, *published_before(session, current)[: PUBLISHED_KEPT - 1]}
    kept |= set(session.scalars(select(Shadow.candidate_id).where(Shadow.stopped_at.is_(None))))
    kept |= {
        model_id
        for model_id in session.scalars(
            select(TrainingJob.model_id).where(TrainingJob.state.in_(("waiting", "running")))
        )
        if model_id is not None
    }
    session.execute(
        delete(ModelComparison).where(
            ModelComparison.created_at < now - timedelta(days=COMPARISONS_KEPT_DAYS),
            ~select(Publication.id).where(Publication.comparison_id == ModelComparison.id).exists(),
            ~select(TrainingJob.id).where(TrainingJob.comparison_id == ModelComparison.id).exists(),
        )
    )
    gone = session.scalars(
        delete(ModelFile).where(ModelFile.model_id.not_in(kept)).returning(ModelFile.model_id)
    )
    return len(gone.all())


def _one_at_a_time(session: Session) -> None:
    # Whatever brings a file, puts one into service or clears up; engines take it when they install theirs.
    session.execute(text("LOCK TABLE publications IN SHARE ROW EXCLUSIVE MODE"))


def _insist_on_servable(session: Session, model_id: int, current: Publication | None) -> Model:
    model = session.get(Model, model_id)
    if model is None:
        raise PublicationRefused("unknown", model_id)
    if current is not None and current.model_id == model_id:
        raise PublicationRefused("in_service", model_id)
    if not has_file(session, model_id):
        raise PublicationRefused("no_file", model_id)
    if current is not None and session.get_one(Model, current.model_id).frame != model.frame:
        raise PublicationRefused("other_version", model_id)
    return model


def _put_into_service(session: Session, model: Model, publication: Publication) -> Publication:
    session.add(publication)
    tell_pages(session, "training")
    # A candidate that answers people need not read along.
    shadow = session.scalar(
        select(Shadow).where(Shadow.stopped_at.is_(None), Shadow.candidate_id == model.id)
    )
    if shadow is not None:
        shadow.stopped_by = publication.actor
        shadow.stopped_at = session.scalar(select(text("now()")))
    session.flush()
    session.refresh(publication)
    return publication
