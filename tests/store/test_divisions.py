"""One case that holds two matters made two: its clock, what goes along, what the person hears, taken back."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from crm_store.plain import plain
from crm_store.queries.case_page import case_thread, view_case
from crm_store.queries.case_versions import version_of
from crm_store.queries.cases import cases_of, standing_of
from crm_store.queries.notice_previews import previews
from crm_store.queries.related_cases import Reader, related_cases
from crm_store.services.case_deeds import ChangedMeanwhile, do_deed, preview_deed
from crm_store.services.cases import MoveRefused
from crm_store.services.clocks import promise_of
from crm_store.services.confidence import NotForThem, make_anonymous
from crm_store.services.conversations import citizen_of
from crm_store.services.delays import note_delays
from crm_store.services.divisions import SecondMatter, divide_case
from crm_store.services.history import case_fields
from crm_store.services.holds import standing_hold
from crm_store.services.stages import add_note, set_stage
from crm_store.services.unasked import due_notices, take_notice
from crm_store.services.undo import UNDO_WITHIN, CannotUndo, undo_deed
from crm_store.tables import Case, Citizen, Conversation, Media, Message, Notice, User, new_id
from tests.store.people import NOW, SIPHO, events, writes
from tests.store.test_case_lists import opened
from tests.store.test_stages import replayed

NOMSA = "agent:nomsa"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BILL = SecondMatter(
    case_class="dispute",
    category="billing",
    description="My bill of July is wrong",
    account_number="41006273",
    disputed_amount="4560.00",
    period="2026-07",
)
LIGHTS = SecondMatter(
    case_class="complaint", category="streetlights", description="Lights off", place="Ballito"
)
FIELDS = {"text": "Lights off", "class": "complaint", "category": "streetlights", "place": "Ballito"}


@pytest.fixture
def case(session, region) -> Case:
    return opened(session, region, "A burst pipe, and my bill is wrong", at=NOW - DAY)


def picture(session, case) -> Media:
    media = Media(
        id=new_id(), case_id=case.id, ordinal=0, source={}, state="stored", sha256="a" * 64, stored_at=NOW
    )
    session.add(media)
    session.flush()
    return media


def split(session, region, case, now=NOW, **fields):
    return do_deed(session, region, case.reference, "divide", FIELDS | fields, NOMSA, now)


def second_of(session, case) -> Case:
    session.flush()
    return session.scalars(select(Case).where(Case.divided_from_id == case.id)).one()


def test_the_second_matter_is_a_case_of_its_own(session, region, case):
    before = plain(case_fields(case))
    new = divide_case(session, region, case.reference, BILL, NOMSA, NOW)
    assert plain(case_fields(case)) == before
    assert (new.case_class, new.category, new.disputed_amount) == ("dispute", "billing", Decimal("4560.00"))
    assert (new.citizen_id, new.conversation_id, new.channel) == (
        case.citizen_id,
        case.conversation_id,
        case.channel,
    )
    assert new.reference != case.reference
    assert standing_hold(session, new).amount == Decimal("4560.00")
    assert plain(case_fields(new)) == plain(replayed(session, new))
    view = view_case(session, region, case, NOW)
    assert [one.id for one in view.divided] == [new.id]
    assert view_case(session, region, new, NOW).whole.id == case.id
    assert events(session, case.id)[-1] == ("divided", NOMSA)
    assert {("opened", NOMSA), ("divided_from", NOMSA)} <= set(events(session, new.id))


class TestItsClock:
    def test_counts_from_the_receipt_of_the_case_by_its_own_class(self, session, region, case):
        new = divide_case(session, region, case.reference, LIGHTS, NOMSA, NOW)
        promise = promise_of(session, region, new)
        assert (new.opened_at, promise.start) == (case.opened_at, case.opened_at)
        # as if it had been reported by itself, then
        alone = opened(session, region, "Lights off", SIPHO, NOW - DAY, category="streetlights")
        assert (new.due_at, new.first_response_due_at) == (alone.due_at, alone.first_response_due_at)

    def test_counts_from_the_message_that_told_it_when_that_came_later(self, session, region, case):
        later = writes(session, "my lights are off, too")
        told = session.get_one(Conversation, case.conversation_id)
        message = session.get_one(Message, later.message_id)
        message.received_at = NOW - timedelta(hours=2)
        session.flush()
        second = replace(LIGHTS, messages=[message.id])
        new = divide_case(session, region, case.reference, second, NOMSA, NOW)
        assert new.opened_at == NOW - timedelta(hours=2)
        assert message.id in [one.id for one in case_thread(session, new)]
        assert message.id in [one.id for one in case_thread(session, case)]
        assert told.last_case_id == case.id

    def test_never_from_before_the_case(self, session, region, case):
        second = replace(LIGHTS, messages=[case.source_message_id])
        session.get_one(Message, case.source_message_id).received_at = NOW - 2 * DAY
        new = divide_case(session, region, case.reference, second, NOMSA, NOW)
        assert new.opened_at == case.opened_at

    def test_what_is_late_from_the_first_is_told_after_the_division(self, session, region):
        old = opened(session, region, "A burst pipe and lights", at=NOW - 60 * DAY)
        new = divide_case(session, region, old.reference, LIGHTS, NOMSA, NOW)
        assert new.due_at < NOW
        assert new.next_step_at == new.delay_notice_at == NOW + UNDO_WITHIN


class TestWhatGoesAlong:
    def test_pictures_move_and_come_back(self, session, region, case):
        one, other = picture(session, case), picture(session, case)
        done = split(session, region, case, photos=str(one.id))
        new = second_of(session, case)
        assert (one.case_id, other.case_id) == (new.id, case.id)
        undo_deed(session, region, done.undo, NOMSA, NOW + MINUTE)
        session.refresh(one)
        assert one.case_id == case.id

    def test_what_is_not_of_the_case_is_refused(self, session, region, case):
        others = opened(session, region, address=SIPHO)
        for fields in (
            {"messages": str(others.source_message_id)},
            {"photos": str(picture(session, others).id)},
            {"to": "KDM/nonsense"},
            {"text": "  "},
        ):
            with pytest.raises(MoveRefused):
                split(session, region, case, **fields)

    def test_a_department_may_be_chosen(self, session, region, case):
        split(session, region, case, to="NLM/technical")
        new = second_of(session, case)
        assert (new.municipality, new.department, new.reference[:3]) == ("NLM", "technical", "NLM")


class TestWhatThePersonHears:
    @pytest.mark.parametrize(("language", "word"), [("en", "held two matters"), ("zu", "ihlukanisiwe")])
    def test_is_shown_before_and_told_once(self, session, region, case, language, word):
        session.get_one(Conversation, case.conversation_id).language = language
        (shown,) = preview_deed(session, region, case.reference, "divide", FIELDS, NOMSA, NOW)
        assert word in shown.text
        assert "KDM-****-****" in shown.text
        assert (shown.language, shown.segments) == (language, 1)
        assert session.scalar(select(func.count(Case.id))) == 1
        done = split(session, region, case)
        (told,) = done.told
        assert told.text.replace(done.second, "KDM-****-****") == shown.text
        assert due_notices(session, NOW + 4 * MINUTE) == []
        (notice,) = due_notices(session, NOW + UNDO_WITHIN)
        assert take_notice(session, region, notice, NOW + UNDO_WITHIN).values["reference"] == done.second

    def test_who_wants_no_updates_hears_their_reference(self, session, region, case):
        session.get_one(Citizen, case.citizen_id).no_updates_at = NOW - DAY
        (told,) = split(session, region, case).told
        assert told.unheard is None


class TestTakenBack:
    def test_leaves_nothing_but_the_first_case(self, session, region, case):
        before = plain(case_fields(case))
        done = do_deed(
            session,
            region,
            case.reference,
            "divide",
            {
                "text": "Bill wrong",
                "class": "dispute",
                "category": "billing",
                "account_number": "41006273",
                "disputed_amount": "4560.00",
                "period": "2026-07",
            },
            NOMSA,
            NOW,
        )
        new = second_of(session, case)
        undo_deed(session, region, done.undo, NOMSA, NOW + MINUTE)
        assert plain(case_fields(case)) == before
        assert (new.stage, new.merged_into_id, new.next_step_at) == ("closed", case.id, None)
        assert standing_hold(session, new) is None
        assert standing_of(session, new).id == case.id
        assert [one.id for one in cases_of(session, citizen_of(session, case.conversation_id))] == [case.id]
        assert view_case(session, region, case, NOW).divided == []
        assert due_notices(session, NOW + DAY) == []
        assert session.scalar(select(Notice.reason)) == "taken back"
        assert plain(case_fields(new)) == plain(replayed(session, new))
        with pytest.raises(CannotUndo, match="changed since"):
            undo_deed(session, region, done.undo, NOMSA, NOW + 2 * MINUTE)

    def test_not_after_somebody_worked_on_the_second(self, session, region, case):
        done = split(session, region, case)
        add_note(session, region, done.second, "contractor rung", "agent:sipho", NOW + MINUTE)
        with pytest.raises(CannotUndo, match="by sipho"):
            undo_deed(session, region, done.undo, NOMSA, NOW + 2 * MINUTE)

    def test_not_after_the_person_was_told(self, session, region, case):
        done = split(session, region, case)
        session.scalar(select(Notice)).state = "sent"
        session.flush()
        with pytest.raises(CannotUndo, match="has been told"):
            undo_deed(session, region, done.undo, NOMSA, NOW + MINUTE)


class TestWhoMay:
    def test_a_form_that_comes_twice_splits_once(self, session, region, case):
        seen = version_of(session, case.id)
        do_deed(session, region, case.reference, "divide", FIELDS, NOMSA, NOW, seen)
        with pytest.raises(ChangedMeanwhile):
            do_deed(session, region, case.reference, "divide", FIELDS, NOMSA, NOW, seen)
        assert second_of(session, case)

    def test_what_is_done_is_not_split(self, session, region, case):
        set_stage(session, region, case.reference, "closed", NOMSA, "withdrawn", now=NOW)
        with pytest.raises(MoveRefused, match="reopen it"):
            split(session, region, case)

    def test_confidence_goes_along(self, session, region):
        case = opened(
            session,
            region,
            "My neighbour steals power, and lights are off",
            category="corruption",
            place=None,
        )
        assert case.confidential
        session.add(User(username="nomsa", role="agent"))
        session.flush()
        with pytest.raises(NotForThem):
            split(session, region, case)
        assert not due_notices(session, NOW + DAY)
        case.assignee = "nomsa"
        split(session, region, case)
        assert second_of(session, case).confidential

    def test_an_unknown_writer_stays_unknown(self, session, region):
        case = opened(
            session, region, "They take bribes, and lights are off", category="corruption", place=None
        )
        make_anonymous(session, case, NOW)
        session.add(User(username="nomsa", role="administrator"))
        session.flush()
        with pytest.raises(MoveRefused, match="not one of this case"):
            split(session, region, case, messages=str(case.source_message_id))
        done = split(session, region, case, text="Lights off, ring 0821234567")
        new = second_of(session, case)
        assert (new.anonymous, new.confidential) == (True, True)
        assert "0821234567" not in new.description
        assert done.told[0].language is None
        assert case_thread(session, new) == []


def test_what_was_split_is_not_offered_to_be_merged(session, region, case):
    new = divide_case(session, region, case.reference, LIGHTS, NOMSA, NOW)
    reader = Reader(region)
    assert related_cases(session, reader, case) == []
    assert related_cases(session, reader, new) == []
    assert previews(session, region, case, NOW + DAY) == []


def test_a_delay_is_noted_for_the_second_too(session, region, case):
    old = opened(session, region, "A burst pipe and lights", SIPHO, at=NOW - 60 * DAY)
    new = divide_case(session, region, old.reference, LIGHTS, NOMSA, NOW)
    note_delays(lambda: nullcontext(session), region, NOW + MINUTE)
    session.flush()
    assert session.scalars(select(Notice.kind).where(Notice.case_id == new.id)).all() == ["divided"]
