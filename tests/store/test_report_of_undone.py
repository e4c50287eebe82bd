"""What was taken back was never done, and what is merged counts once: in the report, too."""

from datetime import timedelta

import pytest

from crm_store.reports.calculation import make_report
from crm_store.services.merges import merge_cases
from crm_store.services.splits import split_case
from crm_store.services.stages import resolve_case
from crm_store.services.undo import deed_to_undo, undo_deed
from tests.store.people import NOW, SIPHO
from tests.store.test_case_lists import opened
from tests.store.test_report import JULY, LATER, figures

NOMSA = "agent:nomsa"
HOUR = timedelta(hours=1)


@pytest.fixture
def counted(session, region):
    """The figures of July over all cases, by name."""

    def count(*names: str) -> list[int]:
        session.flush()
        found = figures(make_report(session, region, JULY, LATER), "all")
        return [int(found[name].value or 0) for name in names]

    return count


def test_a_resolution_that_was_taken_back_is_none(session, region, counted):
    case = opened(session, region)
    resolve_case(session, region, case.reference, "Filled", NOMSA, NOW + HOUR)
    assert counted("resolved", "resolutions", "open_at_end") == [1, 1, 0]
    undo_deed(session, region, deed_to_undo(session, case.id, NOW + HOUR), NOMSA, NOW + HOUR)
    assert counted("resolved", "resolutions", "reopened", "open_at_end") == [0, 0, 0, 1]
    resolve_case(session, region, case.reference, "Filled", NOMSA, NOW + 2 * HOUR)
    assert counted("resolved", "resolutions") == [1, 1]


def test_a_merged_case_is_closed_without_being_resolved_until_it_is_split(session, region, counted):
    kept = opened(session, region, at=NOW - timedelta(days=1))
    case = opened(session, region, address=SIPHO)
    merge_cases(session, region, case.reference, kept.reference, "", NOMSA, NOW + HOUR)
    assert counted("received", "withdrawn", "open_at_end") == [2, 1, 1]
    split_case(session, region, case.reference, "another hole", NOMSA, NOW + 2 * HOUR)
    assert counted("received", "withdrawn", "resolved", "open_at_end") == [2, 0, 0, 2]
