"""Pictures and PDFs of agents: to Telegram as a file, to WhatsApp by an address that Twilio fetches."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from bot.files import address_of
from crm_store.attachments import Attachment, looked_at
from crm_store.database import transaction
from crm_store.services.conversations import say, take_over
from crm_store.services.media import FileToSend, link_media
from crm_store.settings import settings
from crm_store.tables import Media, Message
from tests.messaging import PUBLIC_URL, new_number

PDF = Attachment(b"%PDF-1.4 tariffs", "application/pdf", "tariffs 2026.pdf")


@pytest.fixture(autouse=True)
def pictures_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("PHENDULA_DATA_DIR", str(tmp_path))
    settings.cache_clear()


def picture():
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return looked_at(out.getvalue())


def sends(messaging, channel, address, text, file=None):
    conversation_id = messaging.conversation(channel, address).id
    with transaction() as session:
        take_over(session, conversation_id, "nomsa")
        message_id = say(session, conversation_id, text, "nomsa", file=file or picture()).message_id
    messaging.work()
    return message_id


def on_whatsapp(messaging):
    number = new_number()
    messaging.sms(f"whatsapp:{number}", "hello")
    messaging.work()
    messaging.twilio.sent.clear()
    return number


def fetched(messaging):
    """The path that Twilio was told."""
    (sent,) = [one for one in messaging.twilio.sent if one["form"].get("MediaUrl")]
    return sent["form"]["MediaUrl"].removeprefix(PUBLIC_URL)


def test_whatsapp_gets_an_address_that_gives_it_out(messaging):
    number = on_whatsapp(messaging)
    message_id = sends(messaging, "whatsapp", number, "This one?")
    assert messaging.twilio.sent[-1]["body"] == "This one?"
    given = messaging.client.get(fetched(messaging))
    assert (given.status_code, given.headers["content-type"], given.content) == (
        200, "image/jpeg", picture().content,
    )  # fmt: skip
    with transaction() as session:
        assert link_media(session, session.get_one(Message, message_id).created_at) == 0


def test_with_a_pdf_the_words_go_first_since_whatsapp_shows_none_with_it(messaging):
    number = on_whatsapp(messaging)
    sends(messaging, "whatsapp", number, "The tariffs", PDF)
    assert [one["body"] for one in messaging.twilio.sent] == ["The tariffs", ""]
    given = messaging.client.get(fetched(messaging))
    assert (given.headers["content-type"], given.content) == ("application/pdf", PDF.content)
    assert given.headers["content-disposition"].startswith("attachment;")
    assert given.headers["x-content-type-options"] == "nosniff"


def test_an_address_holds_for_two_days_and_cannot_be_made_up(messaging):
    number = on_whatsapp(messaging)
    message_id = sends(messaging, "whatsapp", number, "")
    with transaction() as session:
        row = session.query(Media).filter_by(message_id=message_id).one()
        file = FileToSend(row.id, row.sha256, row.content_type, row.name)
    now = datetime.now(UTC)
    assert messaging.client.get(address_of(file, now - timedelta(hours=47))).status_code == 200
    assert messaging.client.get(address_of(file, now - timedelta(hours=49))).status_code == 404
    until, _dash, seal = address_of(file, now).split("/")[3].partition("-")
    for made_up in (f"{int(until) + 9}-{seal}", f"{until}-{'0' * 64}", f"{until}-", "-", f"²{until}-{seal}"):
        assert messaging.client.get(f"/files/{row.id}/{made_up}/a.jpg").status_code == 404
    assert messaging.client.get(f"/files/{row.id}").status_code == 404


def test_telegram_gets_the_file_and_the_words_under_it(messaging):
    update = {"update_id": 880001, "message": {"message_id": 1, "chat": {"id": 880001}, "text": "hello"}}
    messaging.update(update)
    messaging.work()
    message_id = sends(messaging, "telegram", "880001", "This one?")
    assert messaging.telegram.photos[-1] == picture().content
    assert messaging.telegram.sent[-1]["text"] == "This one?"
    with transaction() as session:
        assert session.get_one(Message, message_id).status == "sent"
    sends(messaging, "telegram", "880001", "And these", PDF)
    assert messaging.telegram.documents[-1] == ("tariffs 2026.pdf", PDF.content)
    assert messaging.telegram.sent[-1]["text"] == "And these"


def test_what_a_person_sent_is_not_given_out(messaging):
    number = new_number()
    messaging.sms(f"whatsapp:{number}", "hello")
    with transaction() as session:
        message = session.query(Message).filter_by(body="hello").order_by(Message.sequence.desc()).first()
        theirs = Media(message_id=message.id, ordinal=0, source={}, state="stored", sha256="0" * 64)
        session.add(theirs)
    file = FileToSend(theirs.id, "0" * 64, "image/jpeg", None)
    assert messaging.client.get(address_of(file, datetime.now(UTC))).status_code == 404
