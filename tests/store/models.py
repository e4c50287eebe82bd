"""What the tests of models have in common: a model in service, candidates, and judged messages."""

from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from crm_store.domain.comparison import Judged, Meaning
from crm_store.services.models import store_comparison, store_model
from crm_store.tables import Model, ModelComparison, Publication

_numbers = count(1)


def a_model(session: Session, content: str = "a model", frame: str = "frame", **more: Any) -> Model:
    """A trained model whose file is kept."""
    facts = {"frame": frame, "data_version": "data", "examples": 9}
    name = f"phendula-{next(_numbers)}.tar.gz"
    return store_model(session, name, content.encode(), facts, trained_by="thoko", note=None, **more)


def in_service(session: Session, content: str = "in service", frame: str = "frame") -> Model:
    """The model that came with the product, as an engine puts it into service."""
    model = a_model(session, content, frame)
    model.origin = "installed"
    session.add(Publication(model_id=model.id, kind="installed", actor="system"))
    session.flush()
    return model


def judged(
    truth: str, before: str, after: str, language: str = "zu", times: int = 1, **more: Any
) -> list[Judged]:
    """So many messages of a class, without categories."""
    meanings = [Meaning(name, None, language) for name in (truth, before, after)]
    return [Judged(meanings[0], meanings[1], meanings[2], **more)] * times


def measured(
    session: Session, candidate: Model, published: Model | None, held_out: list[Judged] | None = None
) -> ModelComparison:
    """A comparison of the two; without messages given one in which the candidate is better."""
    found = held_out or judged("query", "complaint", "query", times=10)
    published_id = None if published is None else published.id
    return store_comparison(session, candidate, published_id, found, [], {"before": None, "after": {}}, 2.0)
