"""Cases read: one's own forgivingly, others' never; lists and exports."""

from datetime import timedelta

import pytest

from crm_store.queries.case_filter import CaseFilter
from crm_store.queries.cases import (
    EXPORT_COLUMNS,
    case_json,
    cases_of,
    count_cases_of,
    export_cases,
    find_own_case,
    list_cases,
)
from crm_store.services import cases
from crm_store.services.cases import NewCase, open_case
from crm_store.services.conversations import citizen_of
from crm_store.services.stages import set_stage
from tests.store.people import NOW, SIPHO, THANDI, writes


@pytest.fixture
def opened(session, region, monkeypatch):
    def open_one(reference, address=THANDI, at=NOW, **more):
        monkeypatch.setattr(cases, "new_reference", lambda letters: reference)
        accepted = writes(session, address=address)
        new = {
            "case_class": "complaint",
            "category": "roads",
            "description": "robots",
            "place": "KwaDukuza",
            **more,
        }
        case = open_case(
            session,
            region,
            NewCase(**new, conversation_id=accepted.conversation_id, source_message_id=accepted.message_id),
            at,
        )
        return case, citizen_of(session, accepted.conversation_id)

    return open_one


def damm(seven: str) -> str:
    from stdnum import damm as rule

    digits = seven + rule.calc_check_digit(seven)
    return f"KDM-{digits[:4]}-{digits[4:]}"


class TestFindingOnesOwn:
    @pytest.mark.parametrize(
        "written",
        ["{0}", "{1}", "{2}", "what about {0} please?", "kdm {3} {4}", "ref {2}"],
        ids=["as given", "lower case", "digits alone", "in a sentence", "spaces", "digits in a sentence"],
    )
    def test_however_it_is_written(self, session, region, opened, written):
        case, me = opened(damm("4821730"))
        digits = case.digits
        found = find_own_case(
            session,
            region,
            me,
            written.format(case.reference, case.reference.lower(), digits, digits[:4], digits[4:]),
        )
        assert (found.kind, found.case.id) == ("found", case.id)

    def test_a_letter_o_is_a_zero(self, session, region, opened):
        case, me = opened(damm("4021730"))
        found = find_own_case(session, region, me, case.reference.replace("0", "O").replace("-", ""))
        assert found.kind == "found"

    def test_another_persons_is_as_one_that_does_not_exist(self, session, region, opened):
        theirs, _ = opened(damm("5551234"), address=SIPHO)
        _, me = opened(damm("4821730"))
        real = find_own_case(session, region, me, theirs.reference)
        invented = find_own_case(session, region, me, damm("5559876"))
        assert real == invented
        assert real.kind == "not_found"

    def test_a_typing_error_near_ones_own_is_suggested(self, session, region, opened):
        case, me = opened(damm("4821730"))
        typed = case.reference.replace("4821", "4812")
        found = find_own_case(session, region, me, typed)
        assert (found.kind, found.case.id) == ("suggestion", case.id)

    def test_a_typing_error_far_from_all_is_told(self, session, region, opened):
        _, me = opened(damm("4821730"))
        wrong = damm("9137465")
        wrong = wrong[:-1] + str((int(wrong[-1]) + 1) % 10)
        assert find_own_case(session, region, me, wrong).kind == "typing_error"

    def test_without_a_reference_there_is_nothing(self, session, region, opened):
        _, me = opened(damm("4821730"))
        assert find_own_case(session, region, me, "where is my case").kind == "not_found"


def test_ones_cases_newest_first(session, region, opened):
    old, me = opened(damm("1111111"), at=NOW - timedelta(days=9))
    new, _ = opened(damm("2222222"))
    opened(damm("3333333"), address=SIPHO)
    set_stage(session, region, old.reference, "resolved", "agent:nomsa", now=NOW)
    assert [case.id for case in cases_of(session, me)] == [new.id, old.id]
    assert [case.id for case in cases_of(session, me, 1)] == [new.id]
    assert [case.id for case in cases_of(session, me, open_only=True)] == [new.id]
    assert (count_cases_of(session, me), count_cases_of(session, me, open_only=True)) == (2, 1)


def test_the_same_number_on_whatsapp_sees_the_same_cases(session, region, opened):
    case, _ = opened(damm("1111111"))
    by_whatsapp = citizen_of(session, writes(session, channel="whatsapp").conversation_id)
    assert [one.id for one in cases_of(session, by_whatsapp)] == [case.id]


def test_a_case_in_full(session, region, opened):
    case, _ = opened(damm("1111111"))
    set_stage(session, region, case.reference, "resolved", "agent:nomsa", "fixed", now=NOW)
    shown = case_json(session, case.digits)
    assert shown["reference"] == case.reference
    assert shown["class"] == "complaint"
    assert shown["citizen"]["addresses"] == [{"channel": "sms", "address": THANDI}]
    assert [event["kind"] for event in shown["events"]] == ["opened", "stage_changed"]
    assert shown["events"][1]["note"] == "fixed"
    assert shown["due_at"].startswith("2026-")
    assert case_json(session, "KDM-0000-0000") is None


def test_lists_by_page_and_filter(session, region, opened):
    made = [opened(damm(f"100000{n}"), at=NOW + timedelta(minutes=n))[0] for n in range(5)]
    made[0].stage = "resolved"
    first = list_cases(session, limit=3)
    assert [case.id for case in first] == [case.id for case in reversed(made)][:3]
    assert [case.id for case in list_cases(session, after=first[-1])] == [made[1].id, made[0].id]
    assert len(list_cases(session, CaseFilter(open_only=True))) == 4
    assert list_cases(session, CaseFilter(category="water")) == []
    assert len(list_cases(session, CaseFilter(overdue_at=NOW + timedelta(days=90)))) == 4
    assert len(list_cases(session, CaseFilter(opened_from=NOW + timedelta(minutes=3)))) == 2


def test_an_export_has_one_row_a_case(session, region, opened):
    for n in range(3):
        case, _ = opened(damm(f"100000{n}"), at=NOW + timedelta(minutes=n), description="a\nb")
        set_stage(session, region, case.reference, "resolved", "agent:nomsa", now=NOW)
    rows = list(export_cases(session))
    assert len(rows) == 3
    assert all(tuple(row) == EXPORT_COLUMNS for row in rows)
    assert [row["opened_at"] for row in rows] == sorted(row["opened_at"] for row in rows)
