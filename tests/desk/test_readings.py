"""Readings and pictures that wait, worked by billing; batches; and nothing of another municipality."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from crm_store.attachments import Attachment
from crm_store.database import transaction
from crm_store.media_files import keep_file
from crm_store.region import region
from crm_store.services.media import keep_media
from crm_store.services.reading_exports import Wanted, make_batch
from crm_store.services.readings import record_reading
from crm_store.tables import Account, Event, Media, Meter, Reading
from tests.desk.conftest import post, signed_in
from tests.store.people import NOW, writes

ACCOUNT = "41006273"
HOME = "/desk/readings"
PICTURE = [{"url": "https://api.twilio.com/x", "content_type": "image/jpeg"}]
A_PICTURE = Attachment(b"\xff\xd8 a picture", "image/jpeg")


@pytest.fixture
def waiting(database_url, tmp_path, monkeypatch):
    """A reading that waits, with its words and a picture beside it; gives its id."""
    with transaction() as session:
        session.add(Account(account_number=ACCOUNT, municipality="KDM"))
        session.flush()
        session.add(
            Meter(account_number=ACCOUNT, service="water", meter_number="W1", dials=5, last_reading=2190,
                  last_reading_on=date(2026, 6, 15), average_per_month=22)
        )  # fmt: skip
        session.flush()
        accepted = writes(session, "my meter says 9999 i am sure")
        outcome = record_reading(
            session, region(), account_number=ACCOUNT, digits="09999", insists=True, now=NOW,
            conversation_id=accepted.conversation_id, message_id=accepted.message_id,
        )  # fmt: skip
    return outcome.reading_id


@pytest.fixture
def picture(waiting):
    """A picture that belongs to nothing; gives its id."""
    with transaction() as session:
        accepted = writes(session, "here", kind="media", media=PICTURE, received_at=NOW)
        row = session.scalars(select(Media).where(Media.message_id == accepted.message_id)).one()
        keep_media(session, row.id, keep_file(A_PICTURE.content), A_PICTURE, NOW)
        return row.id


def now(reading_id: UUID) -> Reading:
    with transaction() as session:
        return session.get_one(Reading, reading_id)


@pytest.fixture
def biller(client):
    signed_in(client, "billing", "zodwa", municipality="KDM")
    return client


def test_the_list_masks_the_account_and_the_page_shows_it_and_is_written_down(biller, waiting):
    page = biller.get(HOME).text
    assert "..6273" in page
    assert ACCOUNT not in page
    assert "the person insists" in page
    page = biller.get(f"{HOME}/{waiting}").text
    assert ACCOUNT in page
    assert "my meter says 9999 i am sure" in page
    with transaction() as session:
        viewed = session.scalars(select(Event).where(Event.kind == "viewed")).all()
    assert [(event.subject_type, event.actor) for event in viewed] == [("reading", "agent:zodwa")]


def test_the_register_of_a_reading_is_named(biller, waiting):
    with transaction() as session:
        session.scalars(select(Meter)).one().register = "OFF-PEAK"
    assert "water off-peak" in biller.get(HOME).text
    assert "<strong>off-peak</strong>" in biller.get(f"{HOME}/{waiting}").text


def test_what_the_other_register_showed_that_day_stands_beside_it(biller, waiting):
    with transaction() as session:
        session.scalars(select(Meter)).one().register = "T1"
        session.add(Meter(account_number=ACCOUNT, service="water", meter_number="W1", register="T2", dials=5))
        session.flush()
        record_reading(session, region(), account_number=ACCOUNT, digits="01033", register="T2", now=NOW)
    page = biller.get(f"{HOME}/{waiting}").text
    assert 'T2 <span class="mono">01033</span>' in page


def test_a_picture_of_several_registers_is_read_by_their_names(biller, picture):
    with transaction() as session:
        session.scalars(select(Meter)).one().register = "T1"
        session.add(Meter(account_number=ACCOUNT, service="water", meter_number="W1", register="T2", dials=5))
    asked = post(biller, f"{HOME}/pictures/{picture}/read", account=ACCOUNT, digits="02200")
    assert asked.status_code == 422
    assert "write each with its name, such as T1 02214 T2 01033" in asked.text
    taken = post(biller, f"{HOME}/pictures/{picture}/read", account=ACCOUNT, digits="T1 02200 T2 00100")
    assert taken.status_code == 303
    with transaction() as session:
        rows = session.execute(
            select(Meter.register, Reading.digits).join(Meter, Meter.id == Reading.meter_id)
            .where(Reading.state == "accepted").order_by(Meter.register)
        ).all()  # fmt: skip
    assert [tuple(row) for row in rows] == [("T1", "02200"), ("T2", "00100")]


def test_a_reading_is_accepted(biller, waiting):
    assert post(biller, f"{HOME}/{waiting}/accept").status_code == 303
    assert (now(waiting).state, now(waiting).reviewed_by) == ("accepted", "agent:zodwa")
    assert "No reading waits." in biller.get(HOME).text
    assert post(biller, f"{HOME}/{waiting}/accept").status_code == 404


def test_a_reading_is_corrected_and_what_no_meter_shows_is_refused(biller, waiting):
    wrong = post(biller, f"{HOME}/{waiting}/correct", digits="123456")
    assert wrong.status_code == 422
    assert "This meter shows 5 black digits." in wrong.text
    assert 'value="123456"' in wrong.text
    assert post(biller, f"{HOME}/{waiting}/correct", digits="02199").status_code == 303
    assert now(waiting).state == "superseded"


def test_a_reading_is_rejected_with_a_reason(biller, waiting):
    assert "Say why" in post(biller, f"{HOME}/{waiting}/reject", reason=" ").text
    assert post(biller, f"{HOME}/{waiting}/reject", reason="the photo shows 2199").status_code == 303
    assert (now(waiting).state, now(waiting).review_note) == ("rejected", "the photo shows 2199")


def test_a_picture_is_seen_read_and_its_reading_taken(biller, picture):
    assert f"{HOME}/pictures/{picture}/file" in biller.get(f"{HOME}/pictures").text
    shown = biller.get(f"{HOME}/pictures/{picture}/file")
    assert (shown.status_code, shown.content) == (200, b"\xff\xd8 a picture")
    assert "sandbox" in shown.headers["content-security-policy"]
    wrong = post(biller, f"{HOME}/pictures/{picture}/read", account="999", digits="2201")
    assert "There is no such account in use." in wrong.text
    assert 'value="2201"' in wrong.text
    taken = post(biller, f"{HOME}/pictures/{picture}/read", account="4100 6273", digits="2201")
    assert taken.status_code == 303
    assert biller.get(f"{HOME}/pictures").text.count(str(picture)) == 0


def test_a_picture_that_cannot_be_used_is_dismissed_with_a_reason(biller, picture):
    assert post(biller, f"{HOME}/pictures/{picture}/dismiss", reason="").status_code == 422
    assert post(biller, f"{HOME}/pictures/{picture}/dismiss", reason="too dark").status_code == 303
    with transaction() as session:
        assert session.get_one(Media, picture).state == "dismissed"
    assert biller.get(f"{HOME}/pictures/{picture}/file").status_code == 404


def test_batches_are_listed_and_written_again(biller, waiting):
    post(biller, f"{HOME}/{waiting}/accept")
    with transaction() as session:
        number = make_batch(session, Wanted(municipality="KDM"), NOW).number
        session.add(Account(account_number="7", municipality="MLM"))
    assert f"Batch {number}" in biller.get(f"{HOME}/batches?waiting=1").text
    file = biller.get(f"{HOME}/batches/{number}/file")
    assert ACCOUNT in file.text
    assert f"readings-KDM-{number:06d}.csv" in file.headers["content-disposition"]
    assert biller.get(f"{HOME}/batches/99/file").status_code == 404


def test_nothing_of_another_municipality_is_found_or_done(client, waiting, picture):
    with transaction() as session:
        number = make_batch(session, Wanted(municipality="KDM"), NOW).number
    signed_in(client, "billing", "thoko", municipality="MLM")
    assert "..6273" not in client.get(HOME).text
    assert "Nothing was handed over yet." in client.get(f"{HOME}/batches").text
    for path in (str(waiting), f"batches/{number}/file"):
        assert client.get(f"{HOME}/{path}").status_code == 404
    for deed in ("accept", "correct", "reject"):
        assert post(client, f"{HOME}/{waiting}/{deed}", digits="1", reason="x").status_code == 404
    for deed in ("read", "dismiss"):
        answer = post(client, f"{HOME}/pictures/{picture}/{deed}", account=ACCOUNT, digits="2201", reason="x")
        assert answer.status_code == 404
    assert client.get(f"{HOME}/pictures/{picture}/file").status_code == 404
    assert now(waiting).state == "flagged"


def test_only_billing_sees_readings(client, waiting):
    for role in ("agent", "supervisor", "councillor", "trainer"):
        signed_in(client, role)
        for path in (HOME, f"{HOME}/{waiting}", f"{HOME}/pictures", f"{HOME}/batches"):
            assert client.get(path).status_code == 403


def test_the_pages_speak_isizulu(client, waiting, picture):
    signed_in(client, "billing", "zodwa", language="zu")
    for path in ("", f"/{waiting}", "/pictures", "/batches"):
        assert '<html lang="zu">' in client.get(HOME + path).text
