"""Pictures that agents send: to Telegram as a file, to WhatsApp by an address that Twilio fetches."""

import io
from datetime import timedelta

import pytest
from PIL import Image

from crm_store.database import transaction
from crm_store.pictures import clean_copy
from crm_store.services.conversations import say, take_over
from crm_store.services.media import link_media
from crm_store.settings import settings
from crm_store.tables import Media, Message
from tests.messaging import PUBLIC_URL, new_number

_FORM = {"id": 0, "is_bot": False, "first_name": "Thandi"}


@pytest.fixture(autouse=True)
def pictures_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("PHENDULA_DATA_DIR", str(tmp_path))
    settings.cache_clear()


def picture():
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return clean_copy(out.getvalue())


def sends(messaging, channel, address, text):
    conversation_id = messaging.conversation(channel, address).id
    with transaction() as session:
        take_over(session, conversation_id, "nomsa")
        message_id = say(session, conversation_id, text, "nomsa", picture=picture()).message_id
    messaging.work()
    return message_id


def test_whatsapp_gets_an_address_that_gives_it_out_for_two_days(messaging):
    number = new_number()
    messaging.sms(f"whatsapp:{number}", "hello")
    messaging.work()
    message_id = sends(messaging, "whatsapp", number, "This one?")
    (sent,) = [one for one in messaging.twilio.sent if one["form"].get("MediaUrl")]
    assert sent["body"] == "This one?"
    path = sent["form"]["MediaUrl"].removeprefix(PUBLIC_URL)
    given = messaging.client.get(path)
    assert (given.status_code, given.headers["content-type"], given.content) == (200, "image/jpeg", picture())
    with transaction() as session:
        assert link_media(session, session.get_one(Message, message_id).created_at) == 0
        session.get_one(Message, message_id).created_at -= timedelta(days=3)
    assert messaging.client.get(path).status_code == 404


def test_telegram_gets_the_file_and_the_words_under_it(messaging):
    update = {"update_id": 880001, "message": {"message_id": 1, "chat": {"id": 880001}, "text": "hello"}}
    messaging.update(update)
    messaging.work()
    message_id = sends(messaging, "telegram", "880001", "This one?")
    assert messaging.telegram.photos[-1] == picture()
    assert messaging.telegram.sent[-1]["text"] == "This one?"
    with transaction() as session:
        assert session.get_one(Message, message_id).status == "sent"


def test_what_a_person_sent_is_not_given_out(messaging):
    number = new_number()
    messaging.sms(f"whatsapp:{number}", "hello")
    with transaction() as session:
        message = session.query(Message).filter_by(body="hello").order_by(Message.sequence.desc()).first()
        theirs = Media(message_id=message.id, ordinal=0, source={}, state="stored", sha256="0" * 64)
        session.add(theirs)
    assert messaging.client.get(f"/files/{theirs.id}").status_code == 404
