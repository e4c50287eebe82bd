"""Forms from the counter, the telephone and the web: the same cases, once each."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from crm_store.database import transaction
from crm_store.queries.cases import case_json, find_own_case
from crm_store.queries.citizens import citizen_json
from crm_store.services.captures import (
    CapturedCase,
    NumberOfAnother,
    Person,
    Picture,
    UnknownPerson,
    capture_case,
    capture_detail,
    capture_reading,
    send_receipt,
)
from crm_store.services.citizens import erase_citizen
from crm_store.services.confidence import NotForThem
from crm_store.services.media import dismiss_media
from crm_store.services.unasked import due_notices, take_notice
from crm_store.tables import (
    Account,
    Address,
    Capture,
    Case,
    Citizen,
    Event,
    Media,
    Meter,
    Notice,
    Reading,
    User,
)
from tests.store.people import NOW, SIPHO, THANDI, events, writes

CLERK = "agent:thandeka"


def form(**more) -> CapturedCase:
    given = {
        "key": uuid4(), "channel": "walk_in", "case_class": "complaint", "category": "roads",
        "description": "Pothole at the clinic", "place": "Sundumbili",
        "person": Person(phone=THANDI, name="Thandi Mkhize", language="zu"), **more,
    }  # fmt: skip
    return CapturedCase(**given)


def test_a_form_from_the_counter_is_a_case_like_any_other(session, region):
    case = capture_case(session, region, form(told_in="KDM"), CLERK, NOW)
    assert (case.municipality, case.channel, case.stage, case.language) == ("MLM", "walk_in", "new", "zu")
    assert case.due_at > NOW
    assert events(session, case.id)[0] == ("opened", CLERK)
    citizen = session.get_one(Citizen, case.citizen_id)
    assert (citizen.name, citizen.language) == ("Thandi Mkhize", "zu")
    assert find_own_case(session, region, citizen.id, case.reference).kind == "found"


def test_where_nothing_says_where_it_is_the_counter_does(session, region):
    case = capture_case(session, region, form(place=None, told_in="KDM"), CLERK, NOW)
    assert case.municipality == "KDM"
    assert capture_case(session, region, form(place=None), CLERK, NOW).municipality != ""


def test_one_form_makes_one_case(session, region):
    sent = form(pictures=[Picture("ab" * 32, "image/jpeg", 10)])
    first = capture_case(session, region, sent, "citizen", NOW)
    session.commit()
    again = capture_case(session, region, sent, "citizen", NOW + timedelta(minutes=1))
    assert again.id == first.id
    assert session.scalar(select(func.count()).select_from(Media).where(Media.case_id == first.id)) == 1
    assert session.scalar(select(func.count()).select_from(Notice)) == 1


def test_one_form_makes_one_case_also_at_one_moment(database_url, region):
    sent = form()

    def store(_):
        with transaction() as session:
            return capture_case(session, region, sent, "citizen", NOW).reference

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(store, range(6)))) == 1
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
        assert session.scalar(select(func.count()).select_from(Citizen)) == 1


def test_a_known_number_is_the_same_person_and_keeps_its_name(session, region):
    accepted = writes(session, profile_name="Thandi M")
    person = Person(phone=THANDI, name="Somebody Else")
    case = capture_case(session, region, form(channel="web", person=person), "citizen", NOW)
    citizen = session.get_one(Citizen, case.citizen_id)
    assert citizen.name == "Thandi M"
    assert case.conversation_id == accepted.conversation_id


def test_a_name_alone_is_a_person_and_nobody_named_is_none(session, region):
    named = capture_case(session, region, form(person=Person(name="  Baba   Zulu ")), CLERK, NOW)
    assert session.get_one(Citizen, named.citizen_id).name == "Baba Zulu"
    assert named.conversation_id is None
    nobody = capture_case(session, region, form(person=Person()), CLERK, NOW)
    assert nobody.citizen_id is None


def test_the_chosen_record_gets_the_number_unless_it_is_anothers(session, region):
    named = capture_case(session, region, form(person=Person(name="Baba Zulu")), CLERK, NOW)
    chosen = Person(citizen_id=named.citizen_id, phone=SIPHO)
    case = capture_case(session, region, form(person=chosen), CLERK, NOW)
    assert case.citizen_id == named.citizen_id
    address = session.scalars(select(Address).where(Address.address == SIPHO)).one()
    assert address.citizen_id == named.citizen_id
    other = capture_case(session, region, form(), CLERK, NOW)
    with pytest.raises(NumberOfAnother) as refused:
        capture_case(
            session, region, form(person=Person(citizen_id=other.citizen_id, phone=SIPHO)), CLERK, NOW
        )
    assert refused.value.citizen_id == named.citizen_id
    with pytest.raises(UnknownPerson):
        capture_case(session, region, form(person=Person(citizen_id=uuid4())), CLERK, NOW)


def told(session, region):
    due = due_notices(session, NOW)
    return [
        (taken.response_key, taken.channel, taken.address)
        for taken in (take_notice(session, region, notice_id, NOW) for notice_id in due)
        if taken
    ]


def test_who_agreed_gets_the_reference_by_sms_and_nobody_else(session, region):
    capture_case(session, region, form(), CLERK, NOW)
    assert told(session, region) == [("utter_notice_captured", "sms", THANDI)]
    without = form(person=Person(phone=SIPHO, updates=False))
    case = capture_case(session, region, without, CLERK, NOW)
    assert case.conversation_id is None
    assert len(told(session, region)) == 1
    send_receipt(session, region, case, CLERK, NOW)
    send_receipt(session, region, case, CLERK, NOW)
    assert [address for *_, address in told(session, region)] == [THANDI, SIPHO]


def test_the_receipt_comes_at_night_and_to_those_who_want_no_progress(session, region):
    night = NOW.replace(hour=21)
    case = capture_case(session, region, form(), CLERK, night)
    session.get_one(Citizen, case.citizen_id).no_updates_at = NOW
    due = due_notices(session, night)
    assert [take_notice(session, region, one, night).kind for one in due] == ["captured"]


def test_a_dispute_has_its_hold_and_the_account_is_remembered(session, region):
    sent = form(
        case_class="dispute", category="billing", account_number="41006273", period="2026-06",
        disputed_amount=Decimal("4560.00"), place=None,
    )  # fmt: skip
    case = capture_case(session, region, sent, CLERK, NOW)
    assert (case.priority, case.disputed_amount) == ("high", Decimal("4560.00"))
    assert "hold_placed" in [kind for kind, _ in events(session, case.id)]


def test_who_does_not_want_to_be_named_is_not(session, region):
    person = Person(phone=THANDI, name="Thandi Mkhize")
    sent = form(channel="web", category="corruption", anonymous=True, person=person, place=None,
                description=f"Call me on {THANDI}")  # fmt: skip
    case = capture_case(session, region, sent, "citizen", NOW)
    assert (case.anonymous, case.confidential) == (True, True)
    shown = str(case_json(session, case.reference, confidential=True))
    assert THANDI not in shown
    assert "Mkhize" not in shown


def test_more_words_are_added_to_the_case_that_is_there_once(session, region):
    case = capture_case(session, region, form(), CLERK, NOW)
    key = uuid4()
    for _ in range(2):
        capture_detail(session, region, key, "phone", case.reference, "It is deeper now", CLERK, NOW)
    assert case.reason == "It is deeper now"
    assert session.get_one(Capture, key).added is True
    secret = capture_case(session, region, form(category="corruption"), CLERK, NOW)
    session.add(User(username="thandeka", role="agent"))
    session.flush()
    with pytest.raises(NotForThem):
        capture_detail(session, region, uuid4(), "phone", secret.reference, "x", CLERK, NOW)


@pytest.fixture
def meter(session):
    session.add(Account(account_number="41006273", municipality="KDM"))
    session.flush()
    meter = Meter(account_number="41006273", service="water", meter_number="W100", dials=5, last_reading=2180)
    session.add(meter)
    session.flush()
    return meter


def brought(session, region, digits, **more):
    given = {
        "key": uuid4(), "channel": "walk_in", "person": Person(phone=THANDI), "account_number": "41006273",
        "meter_number": None, "digits": digits, "service": None, "insists": False, "actor": CLERK,
        "now": NOW, **more,
    }  # fmt: skip
    return capture_reading(session, region, **given)


def test_a_reading_brought_to_the_counter_is_taken_once(session, region, meter):
    key = uuid4()
    outcome = brought(session, region, "02190", key=key)
    assert outcome.kind == "taken"
    assert brought(session, region, "02190", key=key).reading_id == outcome.reading_id
    reading = session.get_one(Reading, outcome.reading_id)
    assert (reading.channel, reading.value) == ("walk_in", 2190)
    assert reading.citizen_id is not None
    actor = session.scalar(select(Event.actor).where(Event.subject_id == str(reading.id)))
    assert actor == CLERK


def test_a_doubtful_reading_is_asked_about_and_can_be_insisted_on(session, region, meter):
    key = uuid4()
    assert brought(session, region, "02100", key=key).kind == "below_last"
    assert session.get(Capture, key) is None
    assert session.scalar(select(func.count()).select_from(Citizen)) == 0
    assert brought(session, region, "02100", key=key, insists=True).flagged


def test_nothing_is_promised_by_sms_to_a_telephone_on_the_wall(session, region):
    case = capture_case(session, region, form(person=Person(phone="+27324379300")), CLERK, NOW)
    assert case.citizen_id is not None
    assert told(session, region) == []


def test_a_picture_of_a_form_is_dismissed_and_forgotten_like_others(session, region):
    sent = form(pictures=[Picture("ab" * 32, "image/jpeg", 10), Picture("cd" * 32, "image/jpeg", 10)])
    case = capture_case(session, region, sent, "citizen", NOW)
    first, second = session.scalars(select(Media).order_by(Media.id)).all()
    assert [one["case"] for one in citizen_json(session, case.citizen_id)["files"]] == [case.reference] * 2
    dismiss_media(session, region, first.id, "too dark", CLERK, NOW)
    assert ("photo_dismissed", CLERK) in events(session, case.conversation_id)
    erase_citizen(session, case.citizen_id, CLERK, NOW)
    session.expire_all()
    assert [media.state for media in (first, second)] == ["erased", "erased"]
    assert citizen_json(session, case.citizen_id)["files"] == []
