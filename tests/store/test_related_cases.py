"""What may be the same matter: of the person, or of the place in like words; and which one is kept."""

from datetime import timedelta

from crm_store.domain.scope import Scope
from crm_store.queries.case_filter import Reader
from crm_store.queries.related_cases import related_cases
from crm_store.services.confidence import make_anonymous
from crm_store.services.stages import set_stage
from tests.store.people import NOW, SIPHO
from tests.store.test_case_lists import opened

DAY = timedelta(days=1)


def found(session, region, case, **scope) -> dict[str, bool | None]:
    """Reference -> whether that one is kept when they are merged; None: they cannot be."""
    session.flush()
    related = related_cases(session, Reader(region, Scope(**scope)), case)
    return {one.case.reference: None if one.into is None else one.into is one.case for one in related}


def test_the_persons_others_and_the_neighbours_in_like_words(session, region):
    case = opened(session, region, "A deep pothole near the clinic")
    own = opened(session, region, "Streetlights off", at=NOW - 90 * DAY, category="streetlights")
    older = opened(session, region, "deep pothole at the clinic", SIPHO, at=NOW - 2 * DAY)
    newer = opened(session, region, "Pothole near clinic", SIPHO, at=NOW + DAY)
    opened(session, region, "Grass is growing through the tar", SIPHO)
    opened(session, region, "A deep pothole near the clinic", SIPHO, at=NOW - 30 * DAY)
    opened(session, region, "A deep pothole near the clinic", SIPHO, place="Mandeni")
    assert found(session, region, case) == {
        older.reference: True,
        newer.reference: False,
        own.reference: None,
    }


def test_what_is_done_is_shown_and_not_merged(session, region):
    case = opened(session, region)
    done = opened(session, region, at=NOW - DAY)
    set_stage(session, region, done.reference, "closed", "agent:nomsa", "x", now=NOW)
    assert found(session, region, case) == {done.reference: None}


def test_nothing_outside_of_ones_area_and_nothing_of_the_unknown(session, region):
    case = opened(session, region)
    opened(session, region, "No water", category="water")
    assert found(session, region, case, municipality="KDM") == {}
    report = opened(session, region, "A bribe", category="corruption")
    make_anonymous(session, report, NOW)
    assert found(session, region, report) == {}
    assert report.reference not in found(session, region, case)
