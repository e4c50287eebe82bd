"""The counter: a case or a reading, stored once, with its slip, for the person who stands there."""

import re
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from crm_store.database import transaction
from crm_store.queries.public_status import code_of
from crm_store.region import region
from crm_store.services.cases import NewCase, open_case
from crm_store.services.citizen_records import rename_citizen
from crm_store.services.conversations import citizen_of
from crm_store.tables import Account, Address, Case, Citizen, Event, Meter, Notice, Reading
from tests.desk.conftest import post, signed_in
from tests.store.people import SIPHO, THANDI, writes


def known(address=THANDI, name="Thandi Mkhize"):
    with transaction() as session:
        accepted = writes(session, address=address)
        citizen_id = citizen_of(session, accepted.conversation_id)
        rename_citizen(session, citizen_id, name, "agent:console", datetime.now(UTC))
    return citizen_id


def form(**more):
    fields = {
        "key": str(uuid4()), "by": "walk_in", "about": "pothole", "place": "Sundumbili, at the clinic",
        "description": "Deep hole", "phone": "082 123 4567", "name": "Thandi Mkhize", "updates": "1",
    }  # fmt: skip
    return {**fields, **more}


def store(client, **more):
    return post(client, "/desk/capture", **form(**more))


def only_case():
    with transaction() as session:
        return session.scalars(select(Case)).one()


def test_one_press_makes_the_case_and_its_slip(client):
    user = signed_in(client, municipality="MLM")
    sent = store(client)
    assert sent.status_code == 303
    case = only_case()
    assert (case.case_class, case.category, case.channel, case.municipality) == (
        "complaint", "roads", "walk_in", "MLM",
    )  # fmt: skip
    assert (case.place, case.location_text) == ("Sundumbili", "Sundumbili, at the clinic")
    page = client.get(sent.headers["location"]).text
    assert case.reference in page
    assert "Next person" in page
    with transaction() as session:
        assert session.scalar(select(Notice.kind)) == "captured"
        opened = session.scalar(select(Event.actor).where(Event.kind == "opened"))
    assert opened == f"agent:{user.username}"


def test_a_second_press_makes_no_second_case(client):
    signed_in(client)
    key = str(uuid4())
    assert len({store(client, key=key).headers["location"] for _ in range(3)}) == 1
    only_case()


@pytest.mark.parametrize("language", ["en", "zu"])
def test_the_slip_is_in_the_persons_language(client, language):
    signed_in(client)
    location = store(client, language=language).headers["location"]
    for paper, kind in (("80", "narrow"), ("a4", "a4")):
        slip = client.get(f"{location}/slip?paper={paper}").text
        assert f'<html lang="{language}" class="{kind}">' in slip
        assert only_case().reference in slip
        assert ("Isikhathi esithenjisiwe" if language == "zu" else "Promised by") in slip


def test_who_it_is_is_found_while_typing_and_looking_is_written_down(client):
    citizen_id = known()
    known(SIPHO, "Sipho Dube")
    signed_in(client)
    by_number = client.get("/desk/capture/_who", params={"phone": "0821234567"}).text
    assert "Thandi Mkhize" in by_number
    assert re.search(rf'value="{citizen_id}" checked', by_number)
    assert THANDI not in by_number
    by_name = client.get("/desk/capture/_who", params={"name": "siph"}).text
    assert "Sipho Dube" in by_name
    assert re.search(r'value="" checked', by_name)
    assert "a new record is made" in client.get("/desk/capture/_who", params={"phone": "0829999999"}).text
    with transaction() as session:
        assert session.scalar(select(func.count()).where(Event.kind == "viewed")) == 2


def test_the_chosen_person_is_the_cases(client):
    citizen_id = known()
    signed_in(client)
    assert store(client, phone="", citizen=str(citizen_id)).status_code == 303
    assert only_case().citizen_id == citizen_id


def test_a_number_of_somebody_else_is_said(client):
    citizen_id = known()
    known(SIPHO, "Sipho Dube")
    signed_in(client)
    refused = store(client, phone=SIPHO, citizen=str(citizen_id))
    assert refused.status_code == 422
    assert 'id="phone-fault"' in refused.text
    assert store(client, citizen=str(uuid4()), phone="").status_code == 422


def test_what_was_reported_before_is_offered_first(client):
    signed_in(client)
    store(client)
    first = only_case()
    asked = store(client, description="It is deeper now")
    assert asked.status_code == 200
    assert first.reference in asked.text
    assert "It is deeper now" in asked.text
    key = str(uuid4())
    added = store(client, key=key, description="It is deeper now", add=first.reference)
    assert added.headers["location"] == f"/desk/capture/{key}"
    assert only_case().reason == "It is deeper now"
    assert "Added" in client.get(added.headers["location"]).text
    assert store(client, again="new").status_code == 303
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 2


def test_nothing_is_added_to_a_case_that_is_not_theirs(client):
    signed_in(client)
    store(client)
    first = only_case()
    assert store(client, phone=SIPHO, name="Sipho", add=first.reference).status_code == 422
    assert only_case().reason is None


def test_what_is_not_clear_is_asked_with_choices(client):
    signed_in(client)
    nonsense = store(client, about="zzzz")
    assert nonsense.status_code == 422
    assert 'id="about-fault"' in nonsense.text
    several = store(client, about="toilet", phone="")
    assert several.status_code == 422
    assert 'name="about_is" value="complaint:sanitation"' in several.text
    assert (
        store(client, about="toilet", about_is="complaint:facilities", phone="", again="new").status_code
        == 303
    )


def test_a_dispute_needs_its_bill(client):
    signed_in(client)
    refused = store(client, about="dispute:billing", place="")
    assert refused.status_code == 422
    assert all(f'id="{name}-fault"' in refused.text for name in ("account", "amount", "month"))
    assert 'details id="bill" open' in refused.text
    bill = {"account": "41006273", "amount": "4560", "month": "2026-09"}
    assert store(client, about="dispute:billing", place="", **bill).status_code == 303
    assert str(only_case().disputed_amount) == "4560.00"


def test_a_place_of_nowhere_is_the_counters(client):
    signed_in(client, municipality="KDM")
    assert store(client, place="behind the red shop").status_code == 303
    case = only_case()
    assert (case.municipality, case.place, case.location_text) == ("KDM", None, "behind the red shop")


def test_who_is_not_to_be_named_leaves_no_trace_and_gets_a_code(client):
    signed_in(client)
    sent = store(client, about="fraud", anonymous="1", place="")
    case = only_case()
    assert (case.anonymous, case.confidential, case.citizen_id, case.conversation_id) == (
        True,
        True,
        None,
        None,
    )
    page = client.get(sent.headers["location"]).text
    assert code_of(case.reference) in page
    assert "Mkhize" not in page
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Citizen)) == 0


def test_without_consent_nothing_is_sent_until_they_agree(client):
    signed_in(client)
    location = store(client, updates="").headers["location"]
    assert "not agreed" in client.get(location).text
    assert post(client, f"{location}/sms").status_code == 303
    with transaction() as session:
        assert session.scalars(select(Notice.kind)).all() == ["captured"]
    assert post(client, f"{location}/sms").status_code == 404


def test_a_slip_is_for_who_captured_it_and_for_the_area(client, another):
    signed_in(client, municipality="KDM")
    location = store(client).headers["location"]  # Sundumbili is another's
    assert client.get(location).status_code == 200
    elsewhere, there = another(), another()
    signed_in(elsewhere, municipality="NLM")
    assert elsewhere.get(location).status_code == 404
    assert elsewhere.get(f"{location}/slip").status_code == 404
    signed_in(there, municipality="MLM")
    assert there.get(location).status_code == 200


def test_an_emergency_names_its_number(client):
    signed_in(client)
    location = store(client, about="complaint:electricity", emergency="1").headers["location"]
    assert only_case().priority == "emergency"
    assert "call 032 456 8200 now" in client.get(location).text


def test_the_person_of_the_last_page_is_filled_in(client):
    citizen_id = known()
    signed_in(client)
    page = client.get(f"/desk/capture?citizen={citizen_id}").text
    assert "Thandi Mkhize" in page
    assert re.search(rf'value="{citizen_id}" checked', page)


def test_similar_cases_of_another_area_are_not_told(client):
    known()
    with transaction() as session:
        accepted = writes(session, address=THANDI)
        other = open_case(
            session, region(),
            NewCase(case_class="complaint", category="roads", description="x", place="Sundumbili",
                    conversation_id=accepted.conversation_id),
            datetime.now(UTC),
        ).reference  # fmt: skip
    signed_in(client, municipality="KDM")
    sent = store(client, place="KwaDukuza")
    assert sent.status_code == 303
    assert other not in client.get(sent.headers["location"]).text


@pytest.fixture
def meter(database_url):
    with transaction() as session:
        session.add(Account(account_number="41006273", municipality="KDM"))
        session.flush()
        session.add(Meter(account_number="41006273", service="water", meter_number="W100", dials=5,
                          last_reading=2180))  # fmt: skip


def brings(client, digits, **more):
    fields = {"key": str(uuid4()), "by": "phone", "number": "41006273", "digits": digits, "phone": THANDI}
    return post(client, "/desk/capture/reading", **{**fields, **more})


def test_a_reading_is_taken_and_has_its_slip(client, meter):
    signed_in(client)
    sent = brings(client, "02190")
    assert sent.status_code == 303
    assert "02190" in client.get(sent.headers["location"]).text
    assert "..6273" in client.get(sent.headers["location"] + "/slip").text
    with transaction() as session:
        reading = session.scalars(select(Reading)).one()
        assert (reading.channel, reading.value) == ("phone", 2190)
        assert session.scalar(select(Address.citizen_id)) == reading.citizen_id
    assert 'id="digits-fault"' in brings(client, "02190").text  # the same once more


def test_a_reading_that_looks_wrong_is_asked_about(client, meter):
    signed_in(client)
    key = str(uuid4())
    asked = brings(client, "02100", key=key)
    assert "lower than the last reading, 02180" in asked.text
    assert brings(client, "02100", key=key, insists="1").status_code == 303
    assert 'id="number-fault"' in brings(client, "02200", number="40000000").text
    assert 'id="number-fault"' in brings(client, "", number="").text


def test_the_registers_of_a_meter_are_stored_at_once(client, database_url):
    with transaction() as session:
        session.add(Account(account_number="41006273", municipality="KDM"))
        session.flush()
        for register, last in (("DAY", 2000), ("NIGHT", 2010)):
            session.add(Meter(account_number="41006273", service="electricity", meter_number="E100", dials=5,
                              register=register, last_reading=last, last_reading_on=date(2026, 6, 15),
                              average_per_month=200))  # fmt: skip
    signed_in(client)
    assert "write each with its name, such as DAY 02214 NIGHT 01033" in brings(client, "02200").text
    asked = brings(client, "day 02200 night 01900")
    assert "night: It is lower than the last reading, 02010" in asked.text
    with transaction() as session:
        assert session.scalars(select(Reading)).all() == []
    stored = brings(client, "day 02200 night 02190")
    page = client.get(stored.headers["location"]).text
    assert "day 02200" in page
    assert "night 02190" in page
    assert "night 02190" in client.get(stored.headers["location"] + "/slip").text
    with transaction() as session:
        assert {row.channel for row in session.scalars(select(Reading))} == {"phone"}


def test_only_who_may_capture_opens_it(client):
    signed_in(client, "councillor")
    assert client.get("/desk/capture").status_code == 403
    assert store(client).status_code == 403
