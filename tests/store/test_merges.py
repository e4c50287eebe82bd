"""Two cases about one matter: made one, told once, taken apart again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_store.plain import plain
from crm_store.queries.cases import cases_of, count_cases_of, standing_of
from crm_store.services.cases import CaseNotFound, MoveRefused
from crm_store.services.confidence import make_anonymous
from crm_store.services.conversations import citizen_of
from crm_store.services.history import case_fields
from crm_store.services.merges import merge_cases
from crm_store.services.splits import split_case
from crm_store.services.stages import resolve_case, set_stage
from crm_store.services.unasked import due_notices, take_notice
from crm_store.services.undo import deed_to_undo, undo_deed
from crm_store.tables import Notice
from tests.store.people import NOW, SIPHO, THANDI, events
from tests.store.test_case_lists import opened
from tests.store.test_stages import replayed

NOMSA = "agent:nomsa"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def older(session, region):
    return opened(session, region, at=NOW - DAY)


@pytest.fixture
def newer(session, region, older):
    return opened(session, region)


@pytest.fixture
def neighbours(session, region, older):
    return opened(session, region, address=SIPHO)


def told(session, region, at) -> list[tuple[str, str]]:
    """Address and text of what is told by then."""
    found = []
    for notice_id in due_notices(session, at):
        notice = take_notice(session, region, notice_id, at)
        if notice is not None:
            found.append((notice.address, notice.response_key))
            session.get_one(Notice, notice_id).state = "sent"
            session.flush()
    return found


def test_a_persons_second_report_goes_into_the_first(session, region, older, newer):
    kept = merge_cases(session, region, newer.reference, older.reference, "the same hole", NOMSA, NOW)
    assert kept is older
    assert (newer.stage, newer.merged_into_id, newer.next_step_at) == ("closed", older.id, None)
    me = citizen_of(session, newer.conversation_id)
    assert [case.id for case in cases_of(session, me)] == [older.id]
    assert count_cases_of(session, me, open_only=True) == 1
    assert standing_of(session, newer) is older
    assert told(session, region, NOW + MINUTE) == [(THANDI, "utter_notice_merged")]
    resolve_case(session, region, older.reference, "Filled", NOMSA, NOW + DAY)
    assert told(session, region, NOW + DAY) == [(THANDI, "utter_notice_resolved")]
    assert replayed(session, newer) == plain(case_fields(newer))
    assert events(session, older.id)[1] == ("merge_taken", NOMSA)


def test_a_neighbour_hears_what_came_of_it_and_nothing_of_the_other_person(
    session, region, older, neighbours
):
    merge_cases(session, region, neighbours.reference, older.reference, "", NOMSA, NOW)
    assert told(session, region, NOW + MINUTE) == [(SIPHO, "utter_notice_joined")]
    said = session.scalar(select(Notice.said).where(Notice.kind == "merged"))
    assert older.reference not in str(said)
    them = citizen_of(session, neighbours.conversation_id)
    assert [case.id for case in cases_of(session, them, open_only=True)] == [neighbours.id]
    for day in (1, 5):  # each resolution is told, to both
        resolve_case(session, region, older.reference, "Filled", NOMSA, NOW + day * DAY)
        assert set(told(session, region, NOW + day * DAY)) == {
            (THANDI, "utter_notice_resolved"),
            (SIPHO, "utter_notice_resolved"),
        }
        assert cases_of(session, them, open_only=True) == []
        set_stage(session, region, older.reference, "reopened", NOMSA, now=NOW + (day + 1) * DAY)
        told(session, region, NOW + (day + 2) * DAY)


def test_what_is_closed_unresolved_does_not_take_the_neighbours_report_along(
    session, region, older, neighbours
):
    merge_cases(session, region, neighbours.reference, older.reference, "", NOMSA, NOW)
    set_stage(session, region, older.reference, "closed", "citizen", now=NOW + DAY)
    assert (neighbours.stage, neighbours.merged_into_id) == ("new", None)
    assert neighbours.next_step_at is not None


def test_split_it_goes_on_with_its_own_clock(session, region, older, newer):
    due = newer.due_at
    merge_cases(session, region, newer.reference, older.reference, "", NOMSA, NOW)
    with pytest.raises(MoveRefused, match="say why"):
        split_case(session, region, newer.reference, " ", NOMSA, NOW)
    split_case(session, region, newer.reference, "another hole", NOMSA, NOW + 7 * DAY)
    assert (newer.stage, newer.merged_into_id, newer.closed_at) == ("new", None, None)
    assert newer.due_at == due + 7 * DAY
    assert replayed(session, newer) == plain(case_fields(newer))
    assert events(session, older.id)[-1] == ("split_off", NOMSA)
    with pytest.raises(MoveRefused, match="not merged"):
        split_case(session, region, newer.reference, "again", NOMSA, NOW)


def test_taken_back_within_minutes_it_was_never_merged(session, region, older, newer):
    before = plain(case_fields(newer))
    merge_cases(session, region, newer.reference, older.reference, "", NOMSA, NOW)
    undo_deed(session, region, deed_to_undo(session, newer.id, NOW), NOMSA, NOW + MINUTE)
    assert plain(case_fields(newer)) == before
    assert told(session, region, NOW + DAY) == []


def test_who_reopens_the_merged_one_has_it_as_their_own_again(session, region, older, newer):
    merge_cases(session, region, newer.reference, older.reference, "", NOMSA, NOW)
    set_stage(session, region, newer.reference, "reopened", "citizen", now=NOW)
    assert newer.merged_into_id is None


class TestRefused:
    def test_to_lengthen_a_promise(self, session, region, older, newer):
        with pytest.raises(MoveRefused, match="promised sooner"):
            merge_cases(session, region, older.reference, newer.reference, "", NOMSA, NOW)

    def test_with_itself_or_what_is_not_there(self, session, region, older):
        with pytest.raises(MoveRefused, match="itself"):
            merge_cases(session, region, older.reference, older.reference, "", NOMSA, NOW)
        with pytest.raises(CaseNotFound):
            merge_cases(session, region, older.reference, "KDM-0000-0000", "", NOMSA, NOW)

    def test_a_closed_one_or_into_a_closed_one(self, session, region, older, newer):
        set_stage(session, region, older.reference, "closed", NOMSA, "x", now=NOW)
        for one, other in ((newer, older), (older, newer)):
            with pytest.raises(MoveRefused, match="is closed"):
                merge_cases(session, region, one.reference, other.reference, "", NOMSA, NOW)

    def test_one_that_others_went_into(self, session, region, older, newer):
        third = opened(session, region, at=NOW + DAY)
        merge_cases(session, region, third.reference, newer.reference, "", NOMSA, NOW + DAY)
        with pytest.raises(MoveRefused, match="others were merged"):
            merge_cases(session, region, newer.reference, older.reference, "", NOMSA, NOW + DAY)

    def test_another_class_or_another_amount(self, session, region, older):
        dispute = {
            "category": "billing",
            "case_class": "dispute",
            "account_number": "41006273",
            "place": None,
        }
        one = opened(session, region, disputed_amount="100.00", **dispute)
        other = opened(session, region, at=NOW + MINUTE, disputed_amount="200.00", **dispute)
        with pytest.raises(MoveRefused, match="is a dispute"):
            merge_cases(session, region, one.reference, older.reference, "", NOMSA, NOW)
        with pytest.raises(MoveRefused, match="other accounts or amounts"):
            merge_cases(session, region, other.reference, one.reference, "", NOMSA, NOW)

    def test_an_anonymous_report(self, session, region):
        console = "agent:console"
        one = opened(session, region, "A bribe", category="corruption", at=NOW - DAY)
        other = opened(session, region, "A bribe again", category="corruption")
        make_anonymous(session, other, NOW)
        with pytest.raises(MoveRefused, match="stays by itself"):
            merge_cases(session, region, other.reference, one.reference, "", console, NOW)
