"""Texts at the desk: looked up, proposed with their faults told, approved by a second person, taken back."""

import re

import pytest

from crm_store.region import look_again, region
from crm_store.texts import render, shipped_wording
from tests.desk.conftest import csrf, post, signed_in

KEY = "utter_welcome"
WORDS = "It is a pleasure. Write again whenever you need us."


@pytest.fixture(autouse=True)
def _fresh(database_url):
    look_again()
    yield
    look_again()


def said(language="en"):
    look_again()
    return render(KEY, language, {}, region()).text


def propose(client, words=WORDS, language="en", key=KEY, **more):
    return post(client, f"/desk/texts/{key}", language=language, words=words, why="warmer", **more)


def first_proposal(client):
    found = re.search(r"/desk/texts/proposals/([0-9a-f-]{36})/", client.get("/desk/texts/proposals").text)
    return found.group(1) if found else None


def test_proposed_by_one_and_approved_by_another(client, another):
    signed_in(client, "trainer")
    assert propose(client).status_code == 303
    assert said() == shipped_wording(KEY, "en")
    page = client.get("/desk/texts/proposals").text
    assert WORDS in page
    assert "Withdraw" in page
    assert ">Approve<" not in page
    other = another()
    signed_in(other, "trainer")
    proposal = first_proposal(other)
    assert post(other, f"/desk/texts/proposals/{proposal}/approve").status_code == 303
    assert said() == WORDS
    flash = other.get("/desk/texts?which=own").text
    assert "own words" in flash
    undo = re.search(r'action="(/desk/texts/changes/\d+/undo)"', flash).group(1)
    assert post(other, undo).status_code == 303
    assert said() == shipped_wording(KEY, "en")


def test_ones_own_proposal_is_not_approved_by_oneself(client):
    signed_in(client, "trainer")
    propose(client)
    proposal = first_proposal(client)
    post(client, f"/desk/texts/proposals/{proposal}/approve")
    assert "second person" in client.get("/desk/texts").text
    assert said() == shipped_wording(KEY, "en")


def test_who_does_not_publish_proposes_only(client, another):
    signed_in(client, "trainer")
    propose(client)
    other = another()
    signed_in(other, "supervisor")
    proposal = first_proposal(client)
    assert post(other, f"/desk/texts/proposals/{proposal}/approve").status_code == 403
    assert propose(other, "You are most welcome.").status_code == 303


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "Write some words"),
        ("Thanks {name}", "{name} is no value"),
        ("Thanks \u0142", "cost double: \u0142"),
        ("Thanks, see www.example.org", "No links"),
        ("Thanks. " * 60, "SMS segments: too many"),
    ],
)
def test_faults_are_told_beside_what_was_typed(client, words, told):
    signed_in(client, "trainer")
    answer = propose(client, words)
    assert answer.status_code == 422
    assert told in answer.text
    assert "warmer" in answer.text
    assert words.strip()[:40] in answer.text


def test_the_preview_shows_the_longest_form_and_its_cost(client):
    signed_in(client, "trainer")
    answer = client.post(
        "/desk/texts/utter_status_none/preview",
        data={"csrf": csrf(client), "language": "zu", "words": "Awekho umbiko ovela kule nombolo. " * 6},
    )
    assert "Awekho umbiko" in answer.text
    assert '<span class="count warm">2</span>' in answer.text
    assert client.post("/desk/texts/utter_no_such/preview", data={"csrf": csrf(client)}).status_code == 404


def test_in_isizulu_the_page_speaks_isizulu(client):
    signed_in(client, "trainer", language="zu")
    page = client.get(f"/desk/texts/{KEY}").text
    assert '<html lang="zu">' in page
    assert "Phakamisa" in page


def test_a_translators_file_comes_back_as_proposals(client):
    signed_in(client, "trainer")
    catalogue = client.get("/desk/texts/catalogue/zu.po")
    assert "attachment" in catalogue.headers["content-disposition"]
    welcome = shipped_wording(KEY, "zu")
    changed = catalogue.text.replace(f'"{welcome}"', '"Kube kuhle."')
    answer = client.post(
        "/desk/texts/catalogue/zu",
        data={"csrf": csrf(client)},
        files={"catalogue": ("zu.po", changed.encode(), "text/x-gettext")},
    )
    assert "1 text is proposed" in answer.text
    assert "Kube kuhle." in client.get("/desk/texts/proposals").text
    bad = client.post(
        "/desk/texts/catalogue/zu",
        data={"csrf": csrf(client)},
        files={"catalogue": ("zu.po", b"\xff\xfe no catalogue", "text/x-gettext")},
    )
    assert bad.status_code == 303


def test_agents_do_not_change_texts(client):
    signed_in(client, "agent")
    assert client.get("/desk/texts").status_code == 403
    assert propose(client).status_code == 403


def test_an_answer_by_a_trainer_waits_for_a_second_person(client, another):
    signed_in(client, "trainer")
    page = client.get("/desk/administration/knowledge/office_hours").text
    entry = region().knowledge_entry("office_hours")
    fields = {
        "seen": re.search(r'name="seen" value="(\d+)"', page).group(1),
        "category": entry.category,
        "questions.en": "\n".join(entry.questions.en),
        "questions.zu": "\n".join(entry.questions.zu),
        "not_for": "\n".join(entry.not_for),
        "answer.en": "We are open from 08:00 to 15:00.",
        "answer.zu": "Sivula ngo-08:00 sivale ngo-15:00.",
        "why": "new hours",
    }
    assert post(client, "/desk/administration/knowledge/office_hours", **fields).status_code == 303
    look_again()
    assert region().knowledge_entry("office_hours").answer == entry.answer
    other = another()
    signed_in(other, "trainer")
    assert "from 08:00 to 15:00" in other.get("/desk/texts/proposals").text
    assert post(other, f"/desk/texts/proposals/{first_proposal(other)}/approve").status_code == 303
    look_again()
    assert region().knowledge_entry("office_hours").answer.en == "We are open from 08:00 to 15:00."
