"""Chats at the desk, through its doors: taken, answered, passed on, handed back; nobody else's shown."""

import io
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from PIL import Image

from crm_store.database import transaction
from crm_store.media_files import keep_file
from crm_store.services.conversations import opt_out, request_agent, take_over
from crm_store.services.inbox import InboundMessage, accept_message
from crm_store.services.retention import forget_old_files
from crm_store.settings import settings
from crm_store.tables import Case, ChatNote, Conversation, Event, Media, Message
from tests.desk.conftest import csrf, post, signed_in
from tests.store.people import NOW, THANDI, jobs


def comes(body="Awekho amanzi", *, waits=True, municipality=None, channel="sms", hours_ago=0, **more):
    """Somebody writes (and asks for a person); the conversation's id."""
    at = datetime.now(UTC) - timedelta(hours=hours_ago)
    with transaction() as session:
        inbound = InboundMessage(
            channel=channel, address=more.pop("address", THANDI), body=body, received_at=at, **more
        )
        accepted = accept_message(session, inbound)
        if waits:
            request_agent(session, accepted.conversation_id, "asked")
        session.get_one(Conversation, accepted.conversation_id).municipality = municipality
    return accepted.conversation_id


def chat_of(conversation_id):
    with transaction() as session:
        return session.get_one(Conversation, conversation_id)


def told(conversation_id, author=None):
    with transaction() as session:
        rows = session.query(Message).filter_by(conversation_id=conversation_id, direction="out")
        return [row for row in rows.order_by(Message.sequence) if author in (None, row.author)]


def once(html):
    return re.search(r'name="once" value="([^"]+)"', html).group(1)


def test_nobody_waits(client):
    signed_in(client)
    assert "Nobody waits for a person." in client.get("/desk/chats").text


def test_who_waits_stands_in_the_list_and_in_its_fragment(client):
    signed_in(client)
    chat = comes("Sawubona <b>nje</b>")
    for path in ("/desk/chats", "/desk/chats/_lists"):
        page = client.get(path).text
        assert f"/desk/chats/{chat}" in page
        assert "Sawubona &lt;b&gt;nje&lt;/b&gt;" in page
        assert THANDI not in page.replace("+27..4567", "") or "Take the chat with" in page


def test_of_two_who_take_a_chat_one_wins_and_the_other_hears_who(client, another):
    first, second = client, another()
    signed_in(first, username="nomsa", name="Nomsa Dube")
    signed_in(second, username="bheki")
    chat = comes()
    assert post(first, f"/desk/chats/{chat}/take").status_code == 303
    answer = post(second, f"/desk/chats/{chat}/take")
    assert "Nomsa Dube took this chat a moment ago." in second.get(answer.headers["location"]).text
    assert chat_of(chat).agent == "nomsa"
    refused = post(second, f"/desk/chats/{chat}/say", text="mine!", once=str(uuid4()))
    assert refused.status_code == 422
    assert "nomsa" in refused.text.lower()
    assert "mine!" in refused.text  # what was typed is kept, though there is no box any more
    assert told(chat) == []


def test_an_agent_cannot_take_it_from_a_colleague_but_a_supervisor_can(client, another):
    chat = comes()
    with transaction() as session:
        take_over(session, chat, "nomsa")
    signed_in(client, "agent")
    assert post(client, f"/desk/chats/{chat}/take", from_another="yes").status_code == 403
    supervisor = another()
    user = signed_in(supervisor, "supervisor")
    assert post(supervisor, f"/desk/chats/{chat}/take", from_another="yes").status_code == 303
    assert chat_of(chat).agent == user.username


def test_what_is_written_is_sent_once_and_stands_in_the_thread(client):
    signed_in(client, username="nomsa")
    chat = comes()
    post(client, f"/desk/chats/{chat}/take")
    page = client.get(f"/desk/chats/{chat}").text
    for _twice in range(2):
        assert post(client, f"/desk/chats/{chat}/say", text="Siyeza", once=once(page)).status_code == 303
    (message,) = told(chat)
    assert (message.body, message.author) == ("Siyeza", "agent:nomsa")
    with transaction() as session:
        assert len(jobs(session, "deliver")) == 1
    shown = client.get(f"/desk/chats/{chat}/_thread").text
    assert "Siyeza" in shown
    assert "waits to be sent" in shown


def test_a_script_hears_in_json(client):
    signed_in(client)
    chat = comes()
    post(client, f"/desk/chats/{chat}/take")
    data = {"csrf": csrf(client), "text": "Siyeza", "once": str(uuid4())}
    accepted = client.post(f"/desk/chats/{chat}/say", data=data, headers={"accept": "application/json"})
    assert accepted.json()["once"] != data["once"]
    empty = client.post(
        f"/desk/chats/{chat}/say", data={**data, "text": " "}, headers={"accept": "application/json"}
    )
    assert (empty.status_code, empty.json()) == (422, {"fault": "Write something first."})


def test_a_failed_message_says_why_and_can_be_tried_again(client):
    signed_in(client, username="nomsa")
    chat = comes()
    post(client, f"/desk/chats/{chat}/take")
    post(client, f"/desk/chats/{chat}/say", text="Siyeza", once=str(uuid4()))
    (message,) = told(chat)
    with transaction() as session:
        row = session.get_one(Message, message.id)
        row.status, row.error_code = "failed", "30003"
    page = client.get(f"/desk/chats/{chat}").text
    assert "The phone is off or out of reach." in page
    assert post(client, f"/desk/chats/{chat}/again/{message.id}").status_code == 303
    assert told(chat)[0].status == "stored"


def test_who_opted_out_is_not_written_to(client):
    signed_in(client)
    chat = comes()
    with transaction() as session:
        opt_out(session, chat_of(chat).address_id)
    post(client, f"/desk/chats/{chat}/take")
    assert "Nothing can be sent until they write START" in client.get(f"/desk/chats/{chat}").text
    refused = post(client, f"/desk/chats/{chat}/say", text="hello", once=str(uuid4()))
    assert refused.status_code == 422
    with transaction() as session:
        assert jobs(session, "deliver") == []


def test_whatsapps_closed_window_is_shown_before_typing_and_the_template_goes(client):
    signed_in(client)
    chat = comes(channel="whatsapp", hours_ago=25)
    post(client, f"/desk/chats/{chat}/take")
    page = client.get(f"/desk/chats/{chat}").text
    assert "WhatsApp takes no free text now" in page
    assert 'id="text"' not in page
    assert "Sinempendulo" in page
    assert post(client, f"/desk/chats/{chat}/say", text="hi", once=str(uuid4())).status_code == 422
    assert post(client, f"/desk/chats/{chat}/template", once=once(page)).status_code == 303
    (message,) = told(chat)
    assert message.template is not None


def test_a_note_is_never_sent(client):
    signed_in(client)
    chat = comes()
    assert post(client, f"/desk/chats/{chat}/note", note="").status_code == 422
    post(client, f"/desk/chats/{chat}/note", note="Rang her, no answer")
    assert "Rang her, no answer" in client.get(f"/desk/chats/{chat}/_thread").text
    assert told(chat) == []
    with transaction() as session:
        assert session.query(ChatNote).count() == 1


def test_passed_to_a_team_it_waits_there(client):
    signed_in(client)
    chat = comes()
    post(client, f"/desk/chats/{chat}/take")
    assert post(client, f"/desk/chats/{chat}/pass", to="").status_code == 422
    assert post(client, f"/desk/chats/{chat}/pass", to="user:nobody").status_code == 422
    answer = post(client, f"/desk/chats/{chat}/pass", to="team:MLM", note="Theirs")
    assert answer.headers["location"] == "/desk/chats"
    row = chat_of(chat)
    assert (row.state, row.municipality, row.agent) == ("waiting", "MLM", None)


@pytest.mark.parametrize(
    ("language", "said", "waits"),
    [
        ("en", "passed the chat to this team: KwaDukuza Municipality: Roads and Stormwater.",
         "The person has waited 5 min for your answer."),
        ("zu", "udlulisele ingxoxo kuleli qembu: uMasipala waKwaDukuza: uMnyango Wemigwaqo.",
         "Umuntu ulinde impendulo yakho: 5 min."),
    ],
)  # fmt: skip
def test_the_thread_names_the_team_and_the_head_how_long_the_person_waits(client, language, said, waits):
    signed_in(client, language=language)
    chat = comes()
    post(client, f"/desk/chats/{chat}/take")
    with transaction() as session:
        waiting = session.get_one(Conversation, chat)
        waiting.citizen_waits_since = datetime.now(UTC) - timedelta(minutes=5, seconds=10)
    assert waits in client.get(f"/desk/chats/{chat}").text
    post(client, f"/desk/chats/{chat}/pass", to="team:KDM/roads")
    assert said in client.get(f"/desk/chats/{chat}").text


def test_a_notice_of_a_chat_leads_to_it(client, another):
    signed_in(client)
    colleague = another()
    signed_in(colleague, username="thabo")
    chat = comes()
    post(client, f"/desk/chats/{chat}/take")
    post(client, f"/desk/chats/{chat}/pass", to="user:thabo")
    assert f'<a href="/desk/chats/{chat}">' in colleague.get("/desk/notices").text


def test_a_case_is_opened_from_the_chat_and_the_chat_handed_back_with_it(client):
    signed_in(client, username="nomsa")
    chat = comes("Ipayipi liqhumile eBallito")
    post(client, f"/desk/chats/{chat}/take")
    page = client.get(f"/desk/chats/{chat}").text
    assert "Ipayipi liqhumile eBallito</textarea>" in page
    empty = post(client, f"/desk/chats/{chat}/case", description="Burst pipe", category="")
    assert empty.status_code == 422
    assert "Burst pipe</textarea>" in empty.text
    form = {"class": "complaint", "category": "water", "place": "Ballito", "description": "Burst pipe"}
    assert post(client, f"/desk/chats/{chat}/case", **form).status_code == 303
    with transaction() as session:
        case = session.query(Case).one()
    assert (case.conversation_id, case.place) == (chat, "Ballito")
    assert post(client, f"/desk/chats/{chat}/back", settled="case").status_code == 303
    assert chat_of(chat).state == "bot"
    assert case.reference in told(chat)[-1].body


def test_handed_back_as_resolved_the_case_is(client):
    signed_in(client, "supervisor", username="nomsa")
    chat = comes()
    post(client, f"/desk/chats/{chat}/take")
    form = {"class": "complaint", "category": "roads", "place": "Ballito", "description": "Pothole"}
    post(client, f"/desk/chats/{chat}/case", **form)
    refused = post(client, f"/desk/chats/{chat}/back", settled="resolved", done="")
    assert refused.status_code == 422
    assert chat_of(chat).state == "agent"
    assert post(client, f"/desk/chats/{chat}/back", settled="resolved", done="Filled").status_code == 303
    with transaction() as session:
        assert session.query(Case).one().stage == "resolved"
    assert chat_of(chat).state == "bot"


@pytest.mark.parametrize("path", ["", "/_thread", "/_state"])
def test_another_municipalitys_chat_is_not_there(client, path):
    signed_in(client, municipality="KDM")
    chat = comes(municipality="MLM")
    assert client.get(f"/desk/chats/{chat}{path}").status_code == 404
    assert str(chat) not in client.get("/desk/chats").text
    assert client.get(f"/desk/chats/{uuid4()}{path}").status_code == 404


def test_deeds_on_another_municipalitys_chat_find_nothing(client):
    signed_in(client, "supervisor", municipality="KDM")
    chat = comes(municipality="MLM")
    for deed in ("take", "say", "template", "typing", "note", "pass", "case", "back", f"again/{uuid4()}"):
        fields = {"note": "x", "to": "team:KDM", "class": "query", "category": "roads", "description": "x"}
        answer = post(client, f"/desk/chats/{chat}/{deed}", text="x", once=str(uuid4()), **fields)
        assert answer.status_code == 404, deed
    assert chat_of(chat).state == "waiting"


def test_sealed_messages_never_stand_beside_the_number(client):
    signed_in(client, "administrator")
    chat = comes("The foreman takes bribes")
    with transaction() as session:
        session.query(Message).update({"sealed": True})
    for path in ("/desk/chats", f"/desk/chats/{chat}", f"/desk/chats/{chat}/_thread"):
        assert "bribes" not in client.get(path).text


def test_what_was_said_since_comes_alone_under_a_new_day_only_if_it_is_one(client):
    signed_in(client)
    chat = comes("Izolo", hours_ago=24)
    shown = numbers(client.get(f"/desk/chats/{chat}/_thread").text)
    comes("Namuhla", waits=False)
    comes("Namanje", waits=False)
    since = client.get(f"/desk/chats/{chat}/_thread?after={shown[-1]}").text
    assert "Izolo" not in since
    assert since.index("Today") < since.index("Namuhla") < since.index("Namanje")
    last = client.get(f"/desk/chats/{chat}/_thread?after={numbers(since)[0]}").text
    assert "Namanje" in last
    assert "Today" not in last
    assert client.get(f"/desk/chats/{chat}/_thread?after={numbers(last)[0]}").text.strip() == ""


def numbers(thread):
    return [int(number) for number in re.findall(r'id="message-(\d+)"', thread)]


def test_sealed_messages_are_not_among_what_was_said_since(client):
    signed_in(client)
    chat = comes("Awekho amanzi")
    (shown,) = numbers(client.get(f"/desk/chats/{chat}/_thread").text)
    sealed = comes("ngingazwakali igama", waits=False)
    with transaction() as session:
        session.query(Message).filter_by(body="ngingazwakali igama").one().sealed = True
    assert sealed == chat
    assert "igama" not in client.get(f"/desk/chats/{chat}/_thread?after={shown}").text


def test_another_municipalitys_words_are_not_told(client):
    signed_in(client, municipality="mandeni")
    chat = comes(municipality="kwadukuza")
    assert client.get(f"/desk/chats/{chat}/_thread?after=1").status_code == 404


@pytest.mark.parametrize(
    ("language", "kept", "was_kept"),
    [
        ("en", "Kept until 14 Jul 2029", "A picture: kept until 14 Jul 2029, then deleted"),
        ("zu", "Kugcinwa kuze kube ngumhla ka-14 Jul 2029",
         "Isithombe: kwagcinwa kwaze kwaba ngumhla ka-14 Jul 2029, kwase kususwa"),
    ],
)  # fmt: skip
def test_until_when_a_file_is_kept_stands_below_it_and_then_in_its_place(
    client, language, kept, was_kept, monkeypatch, tmp_path
):
    monkeypatch.setenv("PHENDULA_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    signed_in(client, language=language)
    chat = comes(media=[{"url": "https://x", "content_type": "image/jpeg"}], kind="media")
    with transaction() as session:
        picture = session.query(Media).one()
        picture.state, picture.sha256 = "stored", keep_file(b"\xff\xd8\xff picture")
        picture.content_type, picture.created_at = "image/jpeg", NOW
    address = f"/desk/chats/{chat}/media/{picture.id}"
    page = client.get(f"/desk/chats/{chat}").text
    assert kept in page
    assert was_kept not in page
    with transaction() as session:
        forget_old_files(session, NOW + timedelta(days=1095))
    page = client.get(f"/desk/chats/{chat}").text
    assert was_kept in page
    assert address not in page
    assert client.get(address).status_code == 404


def test_a_picture_is_for_those_who_may_see_its_chat(client, another, monkeypatch, tmp_path):
    monkeypatch.setenv("PHENDULA_DATA_DIR", str(tmp_path))

    settings.cache_clear()
    signed_in(client, municipality="KDM")
    chat = comes(municipality="KDM")
    sha256 = keep_file(b"\xff\xd8\xff picture")
    with transaction() as session:
        message = session.query(Message).filter_by(conversation_id=chat).one()
        message.media = [{"type": "photo", "file_id": "x"}]
        picture = Media(
            message_id=message.id, ordinal=0, source={}, state="stored", sha256=sha256,
            content_type="image/jpeg", size_bytes=11, stored_at=datetime.now(UTC),
        )  # fmt: skip
        session.add(picture)
    address = f"/desk/chats/{chat}/media/{picture.id}"
    assert address in client.get(f"/desk/chats/{chat}").text
    shown = client.get(address)
    assert (shown.content, shown.headers["content-type"]) == (b"\xff\xd8\xff picture", "image/jpeg")
    assert "sandbox" in shown.headers["content-security-policy"]
    stranger = another()
    signed_in(stranger, municipality="MLM")
    assert stranger.get(address).status_code == 404
    other = comes(municipality="KDM", address="+27830000001")
    assert client.get(f"/desk/chats/{other}/media/{picture.id}").status_code == 404


def test_a_look_at_a_chat_is_noted_once(client):
    signed_in(client, username="nomsa")
    chat = comes()
    for _twice in range(2):
        client.get(f"/desk/chats/{chat}")
    with transaction() as session:
        assert session.query(Event).filter_by(kind="viewed", subject_id=str(chat)).count() == 1


def test_available_or_away(client):
    signed_in(client, name="Nomsa Dube")
    assert "You are away" in client.get("/desk/chats").text
    post(client, "/desk/chats/duty", available="yes")
    page = client.get("/desk/chats").text
    assert "You take chats" in page
    assert "Nomsa Dube (0)" in page
    post(client, "/desk/chats/duty", available="no")
    assert "Nobody takes chats now" in client.get("/desk/chats").text


def test_typing_is_told_to_the_citizen_where_the_channel_shows_it(client):
    signed_in(client)
    chat = comes(channel="telegram", address="4711")
    assert post(client, f"/desk/chats/{chat}/typing").status_code == 204
    with transaction() as session:
        assert jobs(session, "show_typing") == []  # somebody else reads along
    post(client, f"/desk/chats/{chat}/take")
    for _twice in range(2):
        assert post(client, f"/desk/chats/{chat}/typing").status_code == 204
    with transaction() as session:
        assert [job["args"] for job in jobs(session, "show_typing")] == [{"address": "4711"}]


def test_who_may_not_chat_sees_no_chats(client):
    signed_in(client, "councillor")
    assert client.get("/desk/chats").status_code == 403
    assert client.get(f"/desk/chats/{comes()}").status_code == 403


def test_in_isizulu(client):
    signed_in(client, language="zu")
    chat = comes()
    assert "Abalindile" in client.get("/desk/chats").text
    post(client, f"/desk/chats/{chat}/take")
    assert "Thumela" in client.get(f"/desk/chats/{chat}").text


def test_a_picture_goes_out_where_the_channel_carries_it(client, monkeypatch, tmp_path):
    monkeypatch.setenv("PHENDULA_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    signed_in(client)
    chat = comes(channel="telegram", address="4712")
    post(client, f"/desk/chats/{chat}/take")
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG")
    path, fields = f"/desk/chats/{chat}/say", {"csrf": csrf(client), "once": str(uuid4())}
    for content in (b"no picture", b"OggS" + b"\0" * 24 + b"OpusHead", b"%PDF-1.4" + b"0" * 10 * 1024 * 1024):
        refused = client.post(path, data=fields, files={"file": ("a.png", content)})
        assert (refused.status_code, told(chat)) == (422, [])
    assert client.post(path, data=fields, files={"file": ("a.png", out.getvalue())}).status_code == 303
    (message,) = told(chat)
    assert (message.kind, message.body) == ("media", "")
    assert f"/desk/chats/{chat}/media/" in client.get(f"/desk/chats/{chat}/_thread").text


def test_sms_takes_no_file_and_says_so(client):
    signed_in(client)
    chat = comes()
    post(client, f"/desk/chats/{chat}/take")
    page = client.get(f"/desk/chats/{chat}").text
    assert 'type="file"' not in page
    fields = {"csrf": csrf(client), "once": str(uuid4()), "text": "See this"}
    refused = client.post(f"/desk/chats/{chat}/say", data=fields, files={"file": ("a.pdf", b"%PDF-1.4")})
    assert (refused.status_code, told(chat)) == (422, [])
    assert "SMS carries no pictures and no files" in refused.text


@pytest.mark.parametrize(
    ("content_type", "name", "shown"),
    [
        ("audio/ogg", None, "<audio"),
        ("application/pdf", 'bill "july".pdf', "bill"),
        ("video/mp4", None, "A film"),
    ],
)
def test_a_file_is_played_or_saved_and_never_shown_as_a_page(
    client, monkeypatch, tmp_path, content_type, name, shown
):
    monkeypatch.setenv("PHENDULA_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    signed_in(client, username="nomsa")
    chat = comes()
    sha256 = keep_file(b"<script>alert(1)</script>", content_type)
    with transaction() as session:
        message = session.query(Message).filter_by(conversation_id=chat).one()
        message.media = [{"type": "document", "file_id": "x"}]
        file = Media(
            message_id=message.id, ordinal=0, source={}, state="stored", sha256=sha256, name=name,
            content_type=content_type, size_bytes=2048, stored_at=datetime.now(UTC),
        )  # fmt: skip
        session.add(file)
    address = f"/desk/chats/{chat}/media/{file.id}"
    page = client.get(f"/desk/chats/{chat}/_thread").text
    assert shown in page
    assert "2 KB" in page
    given = client.get(address)
    assert given.headers["content-type"] == content_type
    assert given.headers["content-disposition"].startswith("attachment;")
    assert given.headers["x-content-type-options"] == "nosniff"
    assert given.headers["content-security-policy"] == "default-src 'none'; sandbox"
    part = client.get(address, headers={"range": "bytes=1-6"})
    assert (part.status_code, part.content) == (206, b"script")
    with transaction() as session:
        assert (
            session.query(Event).filter_by(kind="viewed", subject_id=str(chat), actor="agent:nomsa").count()
        )
