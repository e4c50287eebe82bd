"""The page of a chat: files of every kind, in every state (two languages and widths, axe), and its end."""

import io
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import select

from crm_store.attachments import Attachment, looked_at
from crm_store.media_files import keep_file
from crm_store.services.conversations import say, take_over
from crm_store.services.retention import forget_old_files
from crm_store.settings import settings
from crm_store.tables import Media, Message, User
from tests.browser.axe import examined
from tests.browser.desk_server import desk_server
from tests.store.people import writes
from tests.store.test_attachments import OGG

pytestmark = pytest.mark.browser

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\n%%EOF"
FILM = b"\x00\x00\x00\x20ftypisom\x00\x00"
numbers = count(1)
WORDS = {
    "en": {
        "sent": ["A recording", "Save: A recording", "Save: amanzi.mp4", "Save: bill.pdf"],
        "fetched": "A film: it is being fetched",
        "refused": "A picture: it is larger than 10 MB",
        "deleted": "A recording: kept until",
        "kept": "Kept until",
    },
    "zu": {
        "sent": ["Umsindo oqoshiwe", "Gcina: Umsindo oqoshiwe", "Gcina: amanzi.mp4", "Gcina: bill.pdf"],
        "fetched": "Ividiyo: kusalandwa",
        "refused": "Isithombe: kungaphezu kuka-10 MB",
        "deleted": "Umsindo oqoshiwe: kwagcinwa kwaze kwaba ngumhla ka-",
        "kept": "Kugcinwa kuze kube ngumhla ka-",
    },
}


@pytest.fixture(scope="module")
def desk(database_server, tmp_path_factory):
    """The desk, with a folder of its own for the files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PHENDULA_DATA_DIR", str(tmp_path_factory.mktemp("files")))
        settings.cache_clear()
        with desk_server(database_server) as server:
            yield server
    settings.cache_clear()


def photo() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((320, 240), 60).save(out, "JPEG")
    return out.getvalue()


def chat_with_files(desk, agent: str):
    """A chat that the agent has, with files both ways, in every state; gives its id."""
    now = datetime.now(UTC)
    number = f"+2783100{next(numbers):04}"
    with desk.transaction() as session:

        def comes(content: bytes | None, kind: str, name: str | None = None, **more) -> Media:
            item = [{"url": "https://api.twilio.com/x", "content_type": kind}]
            at = more.pop("at", now)
            message = writes(
                session, "", number, channel="whatsapp", kind="media", media=item, received_at=at
            ).message_id
            row = session.scalars(select(Media).where(Media.message_id == message)).one()
            if content is not None:
                file = looked_at(content, name)
                row.state, row.sha256 = "stored", keep_file(file.content, file.content_type)
                row.content_type, row.name, row.size_bytes = file.content_type, file.name, len(file.content)
            row.created_at = at
            for field, value in more.items():
                setattr(row, field, value)
            session.flush()
            return row

        old = comes(OGG, "audio/ogg", at=now - timedelta(days=1096))
        comes(photo(), "image/jpeg")
        comes(OGG + b"1", "audio/ogg")
        comes(FILM, "video/mp4", "amanzi.mp4")
        comes(PDF, "application/pdf", "bill.pdf")
        comes(None, "video/mp4")
        last = comes(None, "image/jpeg", state="refused", reason="it is larger than 10 MB")
        comes(None, "video/mp4", state="refused", reason="it could not be fetched: Twilio is away")
        forget_old_files(session, now)
        session.refresh(old)
        assert old.state == "deleted"
        conversation_id = session.get_one(Message, last.message_id).conversation_id
        take_over(session, conversation_id, agent)
        for file in (Attachment(photo(), "image/jpeg"), Attachment(PDF, "application/pdf", "form.pdf")):
            say(session, conversation_id, "Here", agent, file=file)
        mine = session.scalars(
            select(Media).join(Message, Message.id == Media.message_id).where(Message.direction == "out")
            .where(Message.conversation_id == conversation_id).order_by(Media.id).limit(1)
        ).one()  # fmt: skip
        gone = say(session, conversation_id, "Gone", agent, file=Attachment(PDF, "application/pdf", "x.pdf"))
        row = session.scalars(select(Media).where(Media.message_id == gone.message_id)).one()
        row.state, row.sha256, row.name, row.deleted_at = "deleted", None, None, mine.created_at
        return conversation_id


def is_sound(page):
    """No fault of accessibility, and nothing wider than the screen."""
    found = examined(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


@pytest.mark.parametrize("language", ["en", "zu"])
def test_files_of_every_kind_are_named_reached_and_sound(desk, desk_page, language):
    agent = f"nomusa{next(numbers)}"
    desk.user(agent, language=language)
    chat = chat_with_files(desk, agent)
    desk.sign_in(desk_page, agent, f"/desk/chats/{chat}")
    desk_page.wait_for_load_state("networkidle")
    thread, words = desk_page.get_by_role("log"), WORDS[language]
    for said in ("fetched", "refused", "deleted", "kept"):
        expect(thread).to_contain_text(words[said])
    recording, *saved = words["sent"]
    expect(thread.get_by_label(recording)).to_have_js_property("tagName", "AUDIO")
    for name in saved:
        expect(thread.get_by_role("link", name=name)).to_have_attribute("download", "")
    is_sound(desk_page)
    # By keyboard: the picture opens, the recording's player and the links to save are reached in their order.
    thread.focus()
    reached = []
    for _ in range(30):
        desk_page.keyboard.press("Tab")
        one = desk_page.evaluate(
            "() => [document.activeElement.tagName, document.activeElement.innerText.trim(),"
            " document.querySelector('#thread').contains(document.activeElement)]"
        )
        if not one[2]:
            break
        reached.append((one[0], one[1]))
    names = [name for tag, name in reached if tag == "A" and name]
    assert names == [*saved, names[-1]]
    assert ("AUDIO", "") in reached
    assert reached[0] == ("A", "")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "You cannot send this now; what you typed stays here. Sipho answers"),
        ("zu", "Awukwazi ukukuthumela manje; okubhalile kusala lapha. Kuphendula u-Sipho"),
    ],
)
def test_who_types_as_the_chat_is_taken_from_them_hears_it_and_loses_nothing(desk, desk_page, language, said):
    agent = f"nomusa{next(numbers)}"
    desk.user(agent, language=language)
    with desk.transaction() as session:
        if session.scalar(select(User).where(User.username == "sipho")) is None:
            session.add(User(username="sipho", name="Sipho", role="supervisor"))
        number = f"+2783100{next(numbers):04}"
        chat = writes(session, "Sawubona", number, received_at=datetime.now(UTC)).conversation_id
        take_over(session, chat, agent)
    with desk_page.expect_response(lambda answer: f"live?topics=chat%3A{chat}" in answer.url):
        desk.sign_in(desk_page, agent, f"/desk/chats/{chat}")
    desk_page.locator("#text").fill("A long answer")
    with desk.transaction() as session:
        take_over(session, chat, "sipho", from_another=True)
    expect(desk_page.get_by_role("alert")).to_contain_text(said)
    expect(desk_page.locator("#text")).to_have_value("A long answer")
    desk_page.locator("#text").fill("")
    with desk.transaction() as session:
        take_over(session, chat, agent, from_another=True)
    expect(desk_page.get_by_role("alert")).to_have_count(0)


def test_what_comes_before_the_pages_stream_is_open_shows_all_the_same(desk, desk_page):
    agent, number = f"nomusa{next(numbers)}", f"+2783100{next(numbers):04}"
    desk.user(agent)
    with desk.transaction() as session:
        chat = writes(session, "Sawubona", number, received_at=datetime.now(UTC)).conversation_id
        take_over(session, chat, agent)

    def comes_meanwhile(route):
        with desk.transaction() as session:
            writes(session, "Amanzi awekho", number, received_at=datetime.now(UTC))
        route.continue_()

    desk_page.route("**/desk/live*", comes_meanwhile, times=1)
    desk.sign_in(desk_page, agent, f"/desk/chats/{chat}")
    expect(desk_page.get_by_role("log")).to_contain_text("Amanzi awekho")
