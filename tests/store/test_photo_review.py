"""Pictures find their reading or case, or wait for a person who reads them."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm_store.attachments import Attachment
from crm_store.queries.photos import photos_of, photos_to_read
from crm_store.services.cases import NewCase, open_case
from crm_store.services.media import keep_media, link_media
from crm_store.services.photo_review import dismiss_photo, find_photo, read_photo
from crm_store.services.reading_review import ReadingNotFound, ReviewRefused
from crm_store.services.readings import record_reading
from crm_store.tables import Account, Media, Meter, Notice, Reading
from tests.store.people import NOW, SIPHO, jobs, writes

ACCOUNT = "41006273"
ZODWA = "agent:zodwa"
PICTURE = [{"url": "https://api.twilio.com/x", "content_type": "image/jpeg"}]


@pytest.fixture
def meter(session):
    session.add(Account(account_number=ACCOUNT, municipality="KDM"))
    session.flush()
    session.add(Meter(account_number=ACCOUNT, service="water", meter_number="W1", dials=5,
                      last_reading=2190, last_reading_on=date(2026, 6, 15)))  # fmt: skip
    session.flush()


@pytest.fixture
def photo(session, meter):
    def one(body="", at=NOW, **more):
        accepted = writes(session, body, kind="media", media=PICTURE, received_at=at, **more)
        (row,) = session.scalars(select(Media).where(Media.message_id == accepted.message_id))
        row.created_at = at
        keep_media(session, row.id, "ab" * 32, Attachment(b"a picture!", "image/jpeg"), at)
        return accepted, row

    return one


def take(session, region, accepted, at=NOW):
    return record_reading(
        session, region, account_number=ACCOUNT, digits="02214", now=at,
        conversation_id=accepted.conversation_id, message_id=accepted.message_id,
    ).reading_id  # fmt: skip


def test_a_picture_is_asked_for_with_its_message(session, photo):
    _, row = photo()
    assert [job["args"] for job in jobs(session, "fetch_media")] == [{"media_id": str(row.id)}]


@pytest.mark.parametrize("minutes", [-30, 0, 30])
def test_a_picture_finds_the_reading_near_it_in_any_order(session, region, photo, minutes):
    reading = take(session, region, writes(session, "41006273 02214"), NOW + timedelta(minutes=minutes))
    _, row = photo()
    assert link_media(session, NOW) == 1
    assert row.reading_id == reading
    assert link_media(session, NOW) == 0
    assert len(photos_of(session, [reading])[reading]) == 1
    assert photos_to_read(session) == []


def test_another_persons_reading_or_an_old_one_is_not_its_own(session, region, photo):
    take(session, region, writes(session, "41006273 02214", address=SIPHO))
    _, row = photo()
    assert link_media(session, NOW) == 0
    assert row.reading_id is None


def test_a_picture_of_a_case_goes_to_the_case(session, region, photo):
    accepted, row = photo("no water in Groutville")
    case = open_case(
        session, region, NewCase(case_class="complaint", category="water", description="no water",
                                 source_message_id=accepted.message_id,
                                 conversation_id=accepted.conversation_id), NOW)  # fmt: skip
    link_media(session, NOW)
    assert row.case_id == case.id


def test_a_person_reads_it(session, region, photo):
    _, row = photo()
    (waiting,) = photos_to_read(session)
    assert find_photo(session, str(waiting.media_id)[-8:]).id == row.id
    with pytest.raises(ReviewRefused, match="no such account"):
        read_photo(session, region, row.id, "99999999", "02214", ZODWA, NOW)
    reading = read_photo(session, region, row.id, ACCOUNT, "02214", ZODWA, NOW)
    assert (reading.state, reading.digits, row.reading_id) == ("accepted", "02214", reading.id)
    assert [n.kind for n in session.scalars(select(Notice))] == ["reading_accepted"]
    with pytest.raises(ReviewRefused, match="already"):
        read_photo(session, region, row.id, ACCOUNT, "02214", ZODWA, NOW)
    assert len(session.scalars(select(Reading)).all()) == 1


def test_a_person_cannot_read_it(session, region, photo):
    _, row = photo()
    for _ in range(2):
        dismiss_photo(session, region, row.id, "It is too dark.", ZODWA, NOW)
    assert [(n.kind, n.said["reason"]) for n in session.scalars(select(Notice))] == [
        ("photo_refused", "It is too dark.")
    ]
    assert photos_to_read(session) == []
    with pytest.raises(ReadingNotFound):
        find_photo(session, str(row.id)[-8:])
