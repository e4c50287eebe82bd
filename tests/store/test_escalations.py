"""The ladder: every open case, assigned or not, however many; each step once, by index."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from crm_store.database import transaction
from crm_store.services.cases import NewCase, open_case
from crm_store.services.escalations import sweep_escalations
from crm_store.services.stages import ask_citizen, assign_case, resolve_case
from crm_store.tables import Case, Event, StaffNotice
from tests.store.many_cases import open_many
from tests.store.people import NOW

DAY = timedelta(days=1)


@pytest.fixture
def case(database_url, region) -> Case:
    with transaction() as session:
        new = NewCase(case_class="complaint", category="roads", description="Pothole", place="Ballito")
        return open_case(session, region, new, NOW)


def reread(case) -> Case:
    with transaction() as session:
        return session.get_one(Case, case.id)


def steps(case) -> list[str]:
    with transaction() as session:
        return list(
            session.scalars(
                select(Event.note)
                .where(Event.kind == "escalated", Event.subject_id == str(case.id))
                .order_by(Event.id)
            )
        )


def test_each_step_comes_at_its_time_and_once(region, case):
    assert sweep_escalations(transaction, region, case.next_step_at - timedelta(seconds=1)) == 0
    assert sweep_escalations(transaction, region, case.next_step_at) == 1
    assert sweep_escalations(transaction, region, case.next_step_at) == 0
    assert steps(case) == ["75 % of the time: supervisor"]
    assert reread(case).next_step_at == case.due_at
    sweep_escalations(transaction, region, case.due_at)
    assert (reread(case).escalation_step, reread(case).priority) == (2, "high")


def test_steps_passed_at_once_are_each_recorded(region, case):
    assert sweep_escalations(transaction, region, NOW + 90 * DAY) == 4
    assert steps(case) == [
        "75 % of the time: supervisor",
        "100 % of the time: supervisor",
        "150 % of the time: manager",
        "200 % of the time: municipal_manager",
    ]
    with transaction() as session:
        rows = session.execute(select(StaffNotice.step, StaffNotice.to_role).order_by(StaffNotice.step)).all()
    assert rows == [(1, "supervisor"), (2, "supervisor"), (3, "manager"), (4, "municipal_manager")]
    assert reread(case).next_step_at is None


def test_the_owner_is_reminded_first(region, case):
    with transaction() as session:
        assign_case(session, region, case.reference, "sipho", "agent:sipho", NOW)
    sweep_escalations(transaction, region, case.next_step_at)
    assert steps(case) == ["75 % of the time: sipho"]


def test_neither_waiting_nor_resolved_cases_climb(region, case):
    with transaction() as session:
        ask_citizen(session, region, case.reference, "Which side?", "agent:sipho", NOW)
    assert sweep_escalations(transaction, region, NOW + 90 * DAY) == 0
    with transaction() as session:
        resolve_case(session, region, case.reference, "Filled.", "agent:sipho", NOW + DAY)
    assert sweep_escalations(transaction, region, NOW + 90 * DAY) == 0


def test_a_case_from_before_clocks_were_kept_climbs_too(region, case):
    with transaction() as session:
        session.execute(text("UPDATE cases SET clock = NULL"))
    sweep_escalations(transaction, region, case.due_at)
    assert (reread(case).escalation_step, reread(case).due_at) == (2, case.due_at)


def test_twenty_thousand_open_cases_exactly(database_url, region):
    """Half are due for one step, a tenth for two; the rest, and all that wait or are resolved, for none."""
    with transaction() as session:
        expected = open_many(session, region, 20_000, NOW)
    with ThreadPoolExecutor(3) as threads:
        taken = sum(threads.map(lambda _: sweep_escalations(transaction, region, NOW), range(3)))
    with transaction() as session:
        recorded = Counter(
            session.scalars(
                select(func.count()).select_from(Event).where(Event.kind == "escalated")
                .group_by(Event.subject_id)
            )
        )  # fmt: skip
        told = session.scalar(select(func.count()).select_from(StaffNotice))
        due = session.scalar(select(func.count()).select_from(Case).where(Case.next_step_at <= NOW))
        unassigned = session.scalar(
            select(func.count()).select_from(Case).where(Case.escalation_step > 0, Case.assignee.is_(None))
        )
    assert recorded == {steps: count for steps, count in expected.items() if steps}
    assert taken == told == sum(steps * count for steps, count in expected.items())
    assert due == 0
    assert unassigned > 1000
    assert sweep_escalations(transaction, region, NOW) == 0


def test_the_sweep_finds_what_is_due_by_its_index(database_url, region):
    with transaction() as session:
        open_many(session, region, 5_000, NOW)
        session.execute(text("ANALYZE cases"))
        plan = session.scalars(
            text(
                "EXPLAIN SELECT * FROM cases WHERE next_step_at <= '2025-01-01'"
                " ORDER BY next_step_at LIMIT 500 FOR UPDATE SKIP LOCKED"
            )
        ).all()
    assert any("ix_cases_next_step" in line for line in plan)
