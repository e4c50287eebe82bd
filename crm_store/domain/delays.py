"""A promise that will be broken: when the work is expected then."""

import datetime as dt
import math

from crm_store.domain.clocks import Calendar, due_at
from crm_store.domain.region import ServiceLevel

_LENGTHS = tuple(ServiceLevel.model_fields)


def expected_at(due: dt.datetime, now: dt.datetime, level: ServiceLevel, calendar: Calendar) -> dt.datetime:
    """When a case that will be late is expected, aware UTC: half of the promised time again, never past.

    Counted as the promise was (working days, office hours, hours of an emergency), from the promised time or
    from now, whichever is later; so it always lies in time in which somebody works.
    """
    lengths = {name: getattr(level, name) for name in _LENGTHS}
    half = {name: math.ceil(length / 2) for name, length in lengths.items() if length is not None}
    return due_at(max(due, now), ServiceLevel(**half), calendar)
