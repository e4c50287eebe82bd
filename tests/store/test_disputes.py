"""Disputes: a hold on the amount, an outcome with reasons, and nothing on hold afterwards."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from crm_store.queries.holds import holds
from crm_store.services.cases import MoveRefused, NewCase, add_detail, open_case
from crm_store.services.disputes import decide_dispute
from crm_store.services.stages import set_stage
from crm_store.tables import Case, Hold, Notice
from tests.store.people import NOW, events, writes

BOSS = "agent:console"


def dispute(session, region, **more) -> Case:
    accepted = writes(session)
    given = {"account_number": "41006273", "disputed_amount": "4560.00", "period": "2026-06"}
    new = NewCase(
        case_class="dispute",
        category="billing",
        description="My bill is wrong",
        conversation_id=accepted.conversation_id,
        source_message_id=accepted.message_id,
        **given | more,
    )
    return open_case(session, region, new, NOW)


def on_hold(session, **more) -> list[tuple[str, str, str]]:
    return [(row["account_number"], row["amount"], row["period"]) for row in holds(session, **more)]


def test_the_amount_is_on_hold_from_the_opening(session, region):
    case = dispute(session, region)
    assert on_hold(session) == [("41006273", "4560.00", "2026-06")]
    assert [kind for kind, _ in events(session, case.id)] == ["opened", "hold_placed"]
    assert on_hold(session, account_number="99999999") == []


def test_a_detail_that_names_the_amount_places_it(session, region):
    case = dispute(session, region, disputed_amount=None)
    assert on_hold(session) == []
    message = writes(session).message_id
    for _ in range(2):
        add_detail(session, case.reference, "R4560", "citizen", message, disputed_amount="4560")
    assert on_hold(session) == [("41006273", "4560.00", "2026-06")]
    add_detail(session, case.reference, "R20 a day", disputed_amount="20")
    assert case.disputed_amount == Decimal(4560)


def test_only_disputes_hold(session, region):
    new = NewCase(
        case_class="complaint",
        category="billing",
        description="x",
        account_number="41006273",
        disputed_amount="10",
    )
    open_case(session, region, new, NOW)
    assert on_hold(session) == []


@pytest.mark.parametrize(
    ("outcome", "amount", "off"),
    [
        ("upheld", None, "4560.00"),
        ("upheld", "4000", "4000"),
        ("partly", "1000.50", "1000.50"),
        ("rejected", None, None),
    ],
)
def test_the_decision_lifts_the_hold_and_tells_the_reasons(session, region, outcome, amount, off):
    case = dispute(session, region)
    decide_dispute(session, region, case.reference, outcome, "Read twice.", BOSS, NOW, amount)
    assert (case.stage, case.outcome, case.outcome_reason) == ("resolved", outcome, "Read twice.")
    assert case.outcome_amount == (Decimal(off) if off else None)
    hold = session.scalars(select(Hold)).one()
    assert (hold.lifted_at, hold.outcome) == (NOW, outcome)
    notice = session.scalars(select(Notice)).one()
    assert notice.kind == "decided"
    assert (notice.said["outcome"], notice.said["reason"]) == (outcome, "Read twice.")
    assert on_hold(session) == []
    assert len(on_hold(session, standing_only=False)) == 1


@pytest.mark.parametrize(
    ("outcome", "reason", "amount", "said"),
    [
        ("maybe", "x", None, "maybe"),
        ("upheld", " ", None, "reasons"),
        ("partly", "x", None, "which amount"),
        ("partly", "x", "4560", "less than that"),
        ("partly", "x", "-1", "more than zero"),
        ("partly", "x", "NaN", "more than zero"),
        ("partly", "x", "much", "no amount"),
        ("rejected", "x", "10", "nothing off"),
    ],
)
def test_what_is_no_decision_is_refused(session, region, outcome, reason, amount, said):
    case = dispute(session, region)
    with pytest.raises(MoveRefused, match=said):
        decide_dispute(session, region, case.reference, outcome, reason, BOSS, NOW, amount)
    assert on_hold(session) != []


def test_a_complaint_is_not_decided(session, region):
    case = open_case(session, region, NewCase(case_class="complaint", category="roads", description="x"), NOW)
    with pytest.raises(MoveRefused, match="complaint"):
        decide_dispute(session, region, case.reference, "upheld", "x", BOSS, NOW)


def test_a_held_dispute_is_resolved_by_its_decision_only(session, region):
    case = dispute(session, region)
    with pytest.raises(MoveRefused, match="on hold"):
        set_stage(session, region, case.reference, "resolved", BOSS, "looked at", now=NOW)


def test_withdrawn_it_holds_nothing_and_taken_up_again_it_does(session, region):
    case = dispute(session, region)
    set_stage(session, region, case.reference, "closed", "citizen", "never mind", now=NOW)
    assert on_hold(session) == []
    set_stage(session, region, case.reference, "reopened", "citizen", "I do mind", now=NOW)
    assert on_hold(session) == [("41006273", "4560.00", "2026-06")]
    decide_dispute(session, region, case.reference, "rejected", "It is right.", BOSS, NOW)
    set_stage(session, region, case.reference, "reopened", BOSS, "appeal upheld", now=NOW)
    assert (case.outcome, case.resolution) == (None, None)
    assert len(on_hold(session)) == 1
