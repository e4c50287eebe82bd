"""Praise is shared with the team once, and counted for department and person."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_store.queries.compliments import count_compliments
from crm_store.services.cases import NewCase, open_case
from crm_store.services.compliments import share_compliment
from crm_store.tables import StaffNotice
from tests.store.people import NOW, writes


@pytest.fixture
def praise(session, region):
    def of(person, place="Groutville", category="water"):
        accepted = writes(session, "thank you")
        new = NewCase(
            case_class="compliment",
            category=category,
            description="they did well",
            place=place,
            person=person,
            conversation_id=accepted.conversation_id,
            source_message_id=accepted.message_id,
        )
        return open_case(session, region, new, NOW)

    return of


def test_the_team_hears_of_it_once(session, region, praise):
    case = praise("Sipho")
    for _ in range(2):
        share_compliment(session, region, case, NOW)
    (row,) = session.scalars(select(StaffNotice).where(StaffNotice.case_id == case.id)).all()
    assert (row.channel, row.kind, row.to_role, row.department) == (
        "desk",
        "compliment",
        "supervisor",
        case.department,
    )
    assert row.data == {"praised": "Sipho"}


def test_it_is_counted_for_department_and_person(session, praise):
    first = praise("Sipho Ngcobo")
    praise("SIPHO NGCOBO ")
    praise(None)
    praise("Thandi", category="roads")
    counted = count_compliments(session, NOW - timedelta(days=1), NOW + timedelta(days=1))
    assert counted[0].department == first.department
    assert sorted(((one.person or "").strip().casefold(), one.count) for one in counted) == [
        ("", 1),
        ("sipho ngcobo", 2),
        ("thandi", 1),
    ]
    assert counted[0].count == 2
    assert count_compliments(session, NOW + timedelta(days=1), NOW + timedelta(days=2)) == []
