"""Recordings, films and PDFs on their way in, through the real webhooks and the providers' stand-ins."""

from __future__ import annotations

import secrets

import pytest
from sqlalchemy import select

from bot.downloads import download
from crm_store.database import transaction
from crm_store.media_files import path_of
from crm_store.region import region
from crm_store.services.cases import NewCase, open_case
from crm_store.services.confidence import make_anonymous
from crm_store.services.conversations import request_agent, take_over
from crm_store.services.media import erase_media
from crm_store.services.stages import ask_citizen, assign_case
from crm_store.settings import settings
from crm_store.tables import Case, Event, Media, Notice, StaffNotice
from tests.channels.test_pictures import a_photo, media_url, newest, sends
from tests.messaging import Messaging, new_number
from tests.store.people import NOW
from tests.store.test_attachments import OGG

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\n%%EOF"


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("PHENDULA_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    return tmp_path


@pytest.fixture
def number() -> str:
    return new_number()


def voice() -> bytes:
    return OGG + secrets.token_bytes(20)


def sends_voice(messaging: Messaging, number: str, content: bytes | None = None) -> Media:
    url = media_url(messaging, content if content is not None else voice())
    return sends(messaging, number, url, kind="audio/ogg")


def on_telegram(messaging: Messaging, chat: int, **message: object) -> Media:
    whole = {"message_id": 1, "chat": {"id": chat, "type": "private"}, **message}
    assert messaging.update({"update_id": secrets.randbelow(10**9), "message": whole}) == 200
    messaging.work()
    return newest(messaging, "telegram", str(chat))


def has_case(messaging: Messaging, number: str, channel: str = "whatsapp", **more: object) -> Case:
    given = {"case_class": "complaint", "category": "roads", "description": "Pothole", "place": "Ballito"}
    with transaction() as session:
        conversation_id = messaging.conversation(channel, number).id
        return open_case(session, region(), NewCase(conversation_id=conversation_id, **given | more), NOW)


def says_hello(messaging: Messaging, number: str) -> None:
    messaging.sms(f"whatsapp:{number}", "hello")
    messaging.work()


def case_of(row: Media) -> object:
    with transaction() as session:
        return session.get_one(Media, row.id).case_id


def test_a_voice_note_is_kept_and_gets_a_kind_word(messaging, number):
    content = voice()
    row = sends_voice(messaging, number, content)
    assert (row.state, row.content_type, row.case_id) == ("stored", "audio/ogg", None)
    assert path_of(row.sha256, row.content_type).read_bytes() == content
    assert messaging.keys("whatsapp", number) == ["utter_voice_only"]


def test_what_it_calls_itself_does_not_count(messaging, number):
    row = sends(messaging, number, media_url(messaging, PDF), kind="audio/ogg")
    assert row.content_type == "application/pdf"


def test_by_mms_too(messaging, number):
    form = {"NumMedia": "1", "MediaUrl0": media_url(messaging, voice()), "MediaContentType0": "audio/amr"}
    messaging.sms(number, "", **form)
    messaging.work()
    assert newest(messaging, "sms", number).content_type == "audio/ogg"


@pytest.mark.parametrize(
    ("name", "more", "content", "content_type", "called"),
    [
        ("voice", {}, voice(), "audio/ogg", None),
        (
            "document",
            {"file_name": "../bill.html", "mime_type": "text/html"},
            PDF,
            "application/pdf",
            "bill.pdf",
        ),
        ("video_note", {}, b"\x00\x00\x00\x20ftypmp42\x00", "video/mp4", None),
    ],
    ids=["voice", "document", "video_note"],
)
def test_telegram_gives_them_by_their_ids(messaging, number, name, more, content, content_type, called):
    messaging.telegram.files["file-1"] = content
    row = on_telegram(messaging, int(number[1:]), **{name: {"file_id": "file-1", **more}})
    assert (row.state, row.content_type, row.name) == ("stored", content_type, called)


def test_a_moving_picture_of_telegram_is_named_only(messaging, number):
    chat = int(number[1:])
    film = {"file_id": "f", "mime_type": "video/mp4"}
    message = {"message_id": 1, "chat": {"id": chat, "type": "private"}, "animation": film, "document": film}
    messaging.update({"update_id": secrets.randbelow(10**9), "message": message})
    messaging.work()
    (stored,) = messaging.messages("telegram", str(chat), "in")
    assert [one["type"] for one in stored.media] == ["animation"]
    with transaction() as session:
        assert session.scalars(select(Media).where(Media.message_id == stored.id)).all() == []


def test_a_file_of_another_kind_is_refused_and_its_sender_told(messaging, number):
    row = sends(messaging, number, media_url(messaging, b"PK\x03\x04 a letter"), kind="application/msword")
    assert (row.state, row.sha256) == ("refused", None)
    with transaction() as session:
        told = session.scalars(select(Notice).where(Notice.dedupe_key == f"media:{row.id}")).one()
    assert told.kind == "file_refused"


def test_with_a_case_open_it_goes_there_and_the_owner_hears(messaging, number):
    says_hello(messaging, number)
    case = has_case(messaging, number)
    with transaction() as session:
        assign_case(session, region(), case.reference, "sipho", "agent:sipho", NOW)
    row = sends_voice(messaging, number)
    assert case_of(row) == case.id
    (reply,) = messaging.messages("whatsapp", number, "out")[-1:]
    assert reply.response_key == "utter_file_with_case"
    assert case.reference in reply.body
    with transaction() as session:
        kinds = [event.kind for event in session.query(Event).filter_by(subject_id=str(case.id))]
        told = session.query(StaffNotice).filter_by(case_id=case.id, kind="file_added").one()
    assert kinds.count("file_added") == 1
    assert told.to_user == "sipho"


def test_a_picture_is_not_put_there_it_may_be_of_a_meter(messaging, number):
    says_hello(messaging, number)
    has_case(messaging, number)
    assert case_of(sends(messaging, number, media_url(messaging, a_photo()))) is None
    assert messaging.keys("whatsapp", number)[-1] == "utter_photo_only"


@pytest.mark.parametrize("ended", ["anonymous", "closed"])
def test_an_anonymous_or_closed_case_gets_none(messaging, number, ended):
    says_hello(messaging, number)
    case = has_case(messaging, number, category="corruption")
    with transaction() as session:
        if ended == "anonymous":
            make_anonymous(session, session.get_one(Case, case.id), NOW)
        else:
            session.get_one(Case, case.id).stage = "closed"
    assert case_of(sends_voice(messaging, number)) is None
    assert messaging.keys("whatsapp", number)[-1] == "utter_voice_only"


def test_a_file_is_an_answer_to_what_was_asked_about_the_case(messaging, number):
    says_hello(messaging, number)
    case = has_case(messaging, number)
    with transaction() as session:
        assign_case(session, region(), case.reference, "sipho", "agent:sipho", NOW)
        ask_citizen(session, region(), case.reference, "Please send a copy of your ID", "agent:sipho", NOW)
        session.query(Notice).filter_by(case_id=case.id, state="planned").delete()
        session.add(
            Notice(case_id=case.id, kind="waiting", dedupe_key=secrets.token_hex(8), said={}, not_before=NOW,
                   state="sent", ended_at=newest_in(messaging, number).received_at)
        )  # fmt: skip
    row = sends(messaging, number, media_url(messaging, a_photo()))
    assert case_of(row) == case.id
    assert messaging.keys("whatsapp", number)[-1] == "utter_file_with_case"
    with transaction() as session:
        assert session.get_one(Case, case.id).stage == "in_progress"


def newest_in(messaging, number):
    return messaging.messages("whatsapp", number, "in")[-1]


def test_who_waits_for_a_person_hears_that_the_person_will_see_it(messaging, number):
    says_hello(messaging, number)
    with transaction() as session:
        request_agent(session, messaging.conversation("whatsapp", number).id, "asked")
    sends_voice(messaging, number)
    assert messaging.keys("whatsapp", number)[-1] == "utter_file_for_colleague"


def test_while_a_person_answers_it_is_kept_without_a_word(messaging, number):
    says_hello(messaging, number)
    case = has_case(messaging, number)
    with transaction() as session:
        take_over(session, messaging.conversation("whatsapp", number).id, "nomsa")
    before = len(messaging.keys("whatsapp", number))
    assert case_of(sends_voice(messaging, number)) == case.id
    assert case_of(sends(messaging, number, media_url(messaging, a_photo()))) == case.id
    assert len(messaging.keys("whatsapp", number)) == before


def test_a_file_that_is_on_its_way_when_its_sender_is_forgotten_is_not_kept(
    messaging, number, monkeypatch, data_dir
):
    says_hello(messaging, number)

    def forgotten_meanwhile(*asked):
        content = download(*asked)
        with transaction() as session:
            assert erase_media(session, [messaging.conversation("whatsapp", number).id]) == 1
        return content

    monkeypatch.setattr("bot.media.download", forgotten_meanwhile)
    row = sends_voice(messaging, number)
    assert (row.state, row.sha256) == ("erased", None)
    assert [one for one in (data_dir / "media").rglob("*") if one.is_file()] == []


def test_the_forgotten_leave_no_file(messaging, number):
    row = sends_voice(messaging, number)
    path = path_of(row.sha256, row.content_type)
    assert path.exists()
    with transaction() as session:
        assert erase_media(session, [messaging.conversation("whatsapp", number).id]) == 1
    assert not path.exists()
