"""Readings that staff type in: off a picture, at a counter, on the telephone."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.domain.registers import typed_readings
from crm_store.services.reading_outcomes import ReadingOutcome
from crm_store.services.readings import record_reading


def record_typed(session: Session, region: Region, typed: str, **given: Any) -> list[ReadingOutcome]:
    """Take what was typed: digits, or of several registers each with its name ('T1 02214 T2 01033').

    `given`: as `record_reading` takes it. Returns what was taken; or the one outcome that stood in the way,
    and then nothing was taken. What we had already stands in the way only when there is nothing else.
    """
    outcomes: list[ReadingOutcome] = []
    with session.begin_nested() as all_or_none:
        for ordinal, (register, digits) in enumerate(typed_readings(typed)):
            outcome = record_reading(
                session, region, digits=digits, register=register, source_ordinal=ordinal, **given
            )
            if outcome.kind not in ("taken", "repeated"):
                if any(one.kind == "taken" for one in outcomes):
                    all_or_none.rollback()
                return [outcome]
            if outcome.register in {one.register for one in outcomes}:
                all_or_none.rollback()
                return [_two_numbers_for_one(outcome)]
            outcomes.append(outcome)
    return [one for one in outcomes if one.kind == "taken"] or outcomes[:1]


def _two_numbers_for_one(outcome: ReadingOutcome) -> ReadingOutcome:
    """What is told instead of taking the last: of an ordinary meter that it shows one number."""
    if not outcome.register:
        return replace(outcome, kind="wrong_digits")
    codes = tuple(sorted({outcome.register, *outcome.registers}))
    return replace(outcome, kind="which_register", registers=codes)
