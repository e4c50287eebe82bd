"""Pictures on their way in, through the real webhooks and the providers' stand-ins."""

from __future__ import annotations

import io
import secrets

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select

from crm_store.database import transaction
from crm_store.media_files import path_of
from crm_store.pictures import NoPicture, clean_copy
from crm_store.region import region
from crm_store.services.inbox import InboundMessage, accept_message
from crm_store.services.media import erase_media, refuse_media
from crm_store.settings import settings
from crm_store.tables import Media, Notice
from tests.messaging import ACCOUNT, Messaging, new_number

ORIENTATION, MAKER, ARTIST = 0x0112, 0x010F, 0x013B


def a_photo(kind: str = "JPEG", size: tuple[int, int] = (60, 30)) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER], exif[ARTIST] = 6, "SecretPhone", "T Dlamini"
    # One that no other test sent: files are kept once.
    shade = (secrets.randbelow(256), secrets.randbelow(256), secrets.randbelow(256))
    Image.new("RGB", size, shade).save(out, kind, exif=exif)
    return out.getvalue()


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("PHENDULA_DATA_DIR", str(tmp_path))


@pytest.fixture
def number() -> str:
    return new_number()


def media_url(messaging: Messaging, content: bytes | str) -> str:
    """Content at Twilio's API; a string: where it sends us on to."""
    name = "ME" + secrets.token_hex(16)
    messaging.twilio.media[name] = content
    return f"{settings().twilio_api_base}/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/{name}"


def sends(messaging: Messaging, number: str, url: str, body: str = "", kind: str = "image/jpeg") -> Media:
    form = {"NumMedia": "1", "MediaUrl0": url, "MediaContentType0": kind}
    assert messaging.sms(f"whatsapp:{number}", body, **form) == 200
    messaging.work()
    return newest(messaging, "whatsapp", number)


def newest(messaging: Messaging, channel: str, address: str) -> Media:
    message = messaging.messages(channel, address, "in")[-1]
    with transaction() as session:
        return session.scalars(select(Media).where(Media.message_id == message.id)).one()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_kept_clean_and_upright(messaging, number, kind):
    row = sends(messaging, number, media_url(messaging, a_photo(kind)))
    assert (row.state, row.content_type) == ("stored", "image/jpeg")
    content = path_of(row.sha256).read_bytes()
    assert len(content) == row.size_bytes
    assert b"SecretPhone" not in content
    with Image.open(io.BytesIO(content)) as kept:
        assert (kept.format, kept.size) == ("JPEG", (30, 60))
        assert dict(kept.getexif()) == {}
    assert messaging.keys("whatsapp", number) == ["utter_photo_only"]


def test_telegram_gives_its_photo_by_its_id(messaging, number):
    messaging.telegram.files["photo-1"] = a_photo()
    chat = int(number[1:])
    message = {"message_id": 1, "chat": {"id": chat, "type": "private"}, "photo": [{"file_id": "photo-1"}]}
    assert messaging.update({"update_id": secrets.randbelow(10**9), "message": message}) == 200
    messaging.work()
    assert newest(messaging, "telegram", str(chat)).state == "stored"


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg onload=alert(1)>", b"GIF89a" + b"0" * 40, b"\xff\xd8\xff" + b"x" * 400],
    ids=["nothing", "svg", "gif", "broken"],
)
def test_what_is_no_picture_is_refused_whatever_it_calls_itself(messaging, number, content):
    row = sends(messaging, number, media_url(messaging, content))
    assert (row.state, row.sha256) == ("refused", None)
    with transaction() as session:
        told = session.scalars(select(Notice).where(Notice.dedupe_key == f"media:{row.id}")).one()
    assert told.kind == "photo_refused"


def test_what_is_too_large_is_refused(messaging, number, monkeypatch):
    monkeypatch.setenv("PHENDULA_ATTACHMENT_MB", "1")
    settings.cache_clear()
    row = sends(messaging, number, media_url(messaging, a_photo() + b"0" * 1024 * 1024))
    assert row.state == "refused"
    assert "larger" in row.reason


def test_redirects_of_twilio_are_followed_without_our_credentials(messaging, number):
    messaging.twilio.media["stored"] = a_photo()
    base = settings().twilio_api_base
    row = sends(messaging, number, media_url(messaging, f"{base}/_store/stored"))
    assert row.state == "stored"
    assert messaging.twilio.store_headers[-1].get("authorization") is None


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://api.twilio.com.evil.example/x",
        "https://api.twilio.com:8443/x",
        "https://api.twilio.com@evil.example/x",
        "http://api.twilio.com/x",
        "file:///etc/passwd",
        "https://[::1/x",
        "//x",
        "https://127.0.0.1/x",
    ],
)
def test_no_other_host_is_asked(messaging, number, url, monkeypatch):
    real = httpx.Client.stream

    def only_our_stand_in(self, method, address, **more):
        assert str(address).startswith(settings().twilio_api_base)
        return real(self, method, address, **more)

    monkeypatch.setattr(httpx.Client, "stream", only_our_stand_in)
    assert sends(messaging, number, url).state == "refused"
    # As the aim of a redirect, an address that is none at all is an answer that httpx itself does not take.
    on_the_way = sends(messaging, number, media_url(messaging, url))
    assert on_the_way.state == ("waiting" if "[" in url else "refused")


def test_redirects_end(messaging, number):
    name = "ME" + secrets.token_hex(16)
    url = f"{settings().twilio_api_base}/_store/{name}"
    messaging.twilio.media[name] = url
    assert sends(messaging, number, url).reason == "more than 3 redirects"


def test_a_failing_provider_is_asked_again(messaging, number):
    url = media_url(messaging, a_photo())
    messaging.twilio.media_failures.append(503)
    assert sends(messaging, number, url).state == "waiting"
    messaging.hurry()
    messaging.work()
    assert newest(messaging, "whatsapp", number).state == "stored"


def test_without_credentials_nothing_is_fetched(sandbox, number):
    with transaction() as session:
        media = [{"url": "https://api.twilio.com/x", "content_type": "image/png"}]
        accept_message(session, InboundMessage(channel="whatsapp", address=number, kind="media", media=media))
    sandbox.work()
    assert newest(sandbox, "whatsapp", number).state == "refused"


def test_the_same_picture_is_one_file_until_the_last_sender_is_forgotten(messaging, number):
    content, other = a_photo(), new_number()
    first = sends(messaging, number, media_url(messaging, content))
    second = sends(messaging, other, media_url(messaging, content))
    assert first.sha256 == second.sha256
    for address, is_there in ((number, True), (other, False)):
        with transaction() as session:
            assert erase_media(session, [messaging.conversation("whatsapp", address).id]) == 1
        assert path_of(first.sha256).exists() is is_there


def test_a_picture_is_refused_once(messaging, number):
    row = sends(messaging, number, media_url(messaging, a_photo()))
    with transaction() as session:
        refuse_media(session, region(), row.id, "late", row.created_at)
        assert session.get_one(Media, row.id).state == "stored"


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF0000WEBP"])
)
def test_no_content_breaks_the_reader(content, start):
    with pytest.raises(NoPicture):
        clean_copy(start + content)
