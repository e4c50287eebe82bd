"""One deed for many cases: those that refuse it are named, the others are done and can be taken back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.services.cases import CaseNotFound, MoveRefused
from crm_store.services.confidence import NotForThem
from crm_store.services.stages import assign_case, set_stage
from crm_store.services.undo import CannotUndo, deed_to_undo, hold_back, undo_deed
from crm_store.tables import Case

#: More at once are no decision any more.
MOST = 200


@dataclass
class Done:
    """What became of a bulk deed: references, why others refused, and the events that undo it."""

    references: list[str] = field(default_factory=list)
    refused: dict[str, Exception] = field(default_factory=dict)
    events: list[int] = field(default_factory=list)


def assign_many(
    session: Session, region: Region, references: Iterable[str], user: str, actor: str, now: datetime
) -> Done:
    """Give the cases to the user."""
    return _each(session, references, now, lambda one: assign_case(session, region, one, user, actor, now))


def close_many(
    session: Session, region: Region, references: Iterable[str], reason: str, actor: str, now: datetime
) -> Done:
    """Close the cases for one reason, which their citizens hear. Raises MoveRefused without a reason."""
    if not reason.strip():
        raise MoveRefused("say_close", "say why: the citizens hear it")
    return _each(
        session,
        references,
        now,
        lambda one: set_stage(session, region, one, "closed", actor, reason.strip(), now=now),
    )


def undo_many(session: Session, region: Region, events: Iterable[int], actor: str, now: datetime) -> Done:
    """Take back what was done to each case; those that were changed since are named."""
    done = Done()
    for event_id in events:
        try:
            with session.begin_nested():
                done.references.append(undo_deed(session, region, event_id, actor, now).reference)
        except (CannotUndo, NotForThem) as error:
            done.refused[str(event_id)] = error
    return done


def _each(session: Session, references: Iterable[str], now: datetime, deed: Callable[[str], Case]) -> Done:
    done = Done()
    # In one order, so that two who choose the same cases wait for each other and not both ways.
    for reference in sorted(set(references)):
        try:
            with session.begin_nested():
                case = deed(reference)
                hold_back(session, case, now)
                event = deed_to_undo(session, case.id, now)
        except (CaseNotFound, MoveRefused, NotForThem) as error:
            done.refused[reference] = error
            continue
        if event is not None:
            done.references.append(case.reference)
            done.events.append(event)
    return done
