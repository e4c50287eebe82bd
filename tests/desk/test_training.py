"""The trainer's pages: the inbox answered by forms, and the examples."""

import re

import pytest
from sqlalchemy import func, select, update

from crm_store.database import transaction
from crm_store.queries.examples import all_examples
from crm_store.tables import Message, TrainingLabel
from tests.desk.conftest import post, signed_in
from tests.store.people import SIPHO
from tests.store.training import (
    everything_is_looked_at_twice,
    examples_folder,
    gathered,
    nobody_looks_twice,
    understood,
)

TEXT = "not a drop at our taps today"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A small folder of examples in place of nlu_data/."""
    folder = examples_folder(tmp_path)
    for module in ("training", "training_examples"):
        monkeypatch.setattr(f"desk.{module}.NLU_DATA", folder)
    return folder


@pytest.fixture
def no_second(monkeypatch):
    nobody_looks_twice(monkeypatch)


@pytest.fixture
def trainer(client, folder, no_second):
    """A trainer is signed in."""
    signed_in(client, role="trainer", username="zola")
    return client


def messages(region, *texts, **more):
    with transaction() as session:
        for text in texts:
            understood(session, text, **{"sure": 0.4, **more})
        gathered(session, region)


def groups_in(html):
    return list(dict.fromkeys(re.findall(r'data-group="([^"]+)"', html)))


def shown_text(html):
    return re.search(r"<textarea[^>]*>([^<]*)</textarea>", html)[1]


def learnt(folder):
    with transaction() as session:
        return {one.text for one in all_examples(session, folder)}


SAVE = {
    "deed": "save",
    "class": "complaint",
    "category": "water",
    "language": "en",
    "learn": "1",
    "text": TEXT,
}


@pytest.mark.parametrize("path", ["", "/inbox", "/examples", "/examples/cells", "/examples/new", "/figures"])
@pytest.mark.parametrize(("role", "status"), [("trainer", 200), ("agent", 403), ("supervisor", 403)])
def test_the_pages_are_for_trainers(client, folder, path, role, status):
    if role == "supervisor" and path == "/figures":
        status = 200  # counts without any person
    signed_in(client, role=role)
    assert client.get(f"/desk/training{path}").status_code == status


@pytest.mark.parametrize("path", ["", "/inbox", "/examples", "/examples/cells", "/examples/new", "/figures"])
def test_the_pages_speak_isizulu(client, folder, path):
    signed_in(client, role="trainer", language="zu")
    page = client.get(f"/desk/training{path}").text
    assert 'lang="zu"' in page
    assert "Inbox" not in page


def test_an_empty_inbox_says_so(trainer):
    assert "Nothing waits for you" in trainer.get("/desk/training/inbox").text


def test_the_next_message_lies_ready_behind_the_first(trainer, region):
    messages(region, TEXT, "the meter is broken")
    page = trainer.get("/desk/training/inbox").text
    first, second = groups_in(page)
    assert re.search(rf'data-group="{second}"[^>]* hidden', page)
    assert not re.search(rf'data-group="{first}"[^>]* hidden', page)


def test_a_message_is_answered_without_a_script(trainer, region, folder):
    messages(region, TEXT, "the meter is broken")
    group, *_others = groups_in(trainer.get("/desk/training/inbox").text)
    answer = post(trainer, f"/desk/training/inbox/{group}", **SAVE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/training/inbox")
    page = trainer.get("/desk/training/inbox").text
    assert "Saved for 1 message. It is an example now." in page
    assert group not in page
    assert TEXT in learnt(folder)
    assert "Answered by you today: 1" in page


def test_a_script_gets_the_group_after_the_one_that_it_has(trainer, region):
    messages(region, TEXT, "the meter is broken", "street lights are out", "refuse in heaps")
    first, *ready = groups_in(trainer.get("/desk/training/inbox").text)
    answer = post(trainer, f"/desk/training/inbox/{first}", **SAVE, script="1", beside=ready)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    (new,) = groups_in(answer.text)
    assert new not in (first, *ready)


def test_what_is_wrong_comes_back_beside_its_field_with_what_was_typed(trainer, region):
    messages(region, f"{TEXT}, ring 0821234567")
    (group,) = groups_in(trainer.get("/desk/training/inbox").text)
    wrong = {**SAVE, "text": "ring 082 123 4567 now", "category": "", "class": "query"}
    answer = post(trainer, f"/desk/training/inbox/{group}", **wrong)
    assert answer.status_code == 422
    assert shown_text(answer.text) == "ring 082 123 4567 now"
    assert re.search(r'<option value="query" selected', answer.text)
    assert answer.text.count('class="fault"') == 2
    with transaction() as session:
        assert session.scalar(select(func.count(TrainingLabel.id))) == 0


def test_a_contradiction_is_shown_and_can_be_counted_only(trainer, region, folder):
    messages(region, "the tap is dry")
    (group,) = groups_in(trainer.get("/desk/training/inbox").text)
    answer = post(
        trainer, f"/desk/training/inbox/{group}", **{**SAVE, "text": "the tap is dry", "class": "query"}
    )
    assert answer.status_code == 422
    assert "The same words are an example of something else: Complaint" in answer.text
    counted = {**SAVE, "text": "the tap is dry", "class": "query", "deed": "count"}
    assert post(trainer, f"/desk/training/inbox/{group}", **counted).status_code == 303
    assert len(learnt(folder)) == 3


def test_skip_unfit_and_undo(trainer, region, folder):
    messages(region, TEXT, "the meter is broken")
    first, second = groups_in(trainer.get("/desk/training/inbox").text)
    post(trainer, f"/desk/training/inbox/{first}", deed="skip")
    post(trainer, f"/desk/training/inbox/{second}", deed="unfit")
    assert groups_in(trainer.get("/desk/training/inbox").text) == []
    post(trainer, "/desk/training/inbox/undo")
    assert groups_in(trainer.get("/desk/training/inbox").text) == [second]
    post(trainer, "/desk/training/inbox/undo")
    post(trainer, "/desk/training/inbox/undo")
    assert "There is nothing to take back" in trainer.get("/desk/training/inbox").text


def test_two_trainers_at_once_never_have_the_same(trainer, another, region):
    messages(region, TEXT, "the meter is broken", "street lights are out", "refuse in heaps")
    mine = groups_in(trainer.get("/desk/training/inbox").text)
    other = another()
    signed_in(other, role="trainer", username="sbu")
    theirs = groups_in(other.get("/desk/training/inbox").text)
    assert (len(mine), len(theirs)) == (3, 1)
    assert not set(mine) & set(theirs)
    post(trainer, f"/desk/training/inbox/{theirs[0]}", **SAVE)
    assert "Somebody else has decided" in trainer.get("/desk/training/inbox").text


def test_a_trainer_sees_nobodys_number_or_name(trainer, region):
    messages(region, "ngingu Sphamandla, ucingo 0821234567, indlu no 214", address=SIPHO)
    page = trainer.get("/desk/training/inbox").text
    for own in ("Sphamandla", "0821234567", "739876543", "no 214"):
        assert own not in page


def test_what_was_sealed_meanwhile_is_shown_to_nobody(trainer, region):
    messages(region, TEXT, "the meter is broken")
    with transaction() as session:
        session.execute(update(Message).where(Message.body == TEXT).values(sealed=True))
    page = trainer.get("/desk/training/inbox").text
    assert len(groups_in(page)) == 1
    assert TEXT not in page


# --- examples ---------------------------------------------------------------------------------------------


def keys_in(html):
    return [
        key
        for key in dict.fromkeys(re.findall(r'href="/desk/training/examples/(\w+)"', html))
        if key not in ("cells", "new")
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("?q=TAP is", 1),
        ("?language=zu", 1),
        ("?kind=complaint&language=en", 2),
        ("?entity=location", 0),
        ("?origin=files", 3),
        ("?origin=zola", 0),
        ("?q=nothing like it", 0),
    ],
)
def test_examples_are_found(trainer, query, found):
    page = trainer.get(f"/desk/training/examples{query}").text
    assert len(keys_in(page)) == found
    assert ("No example fits" in page) is (found == 0)


def test_of_one_cell_the_languages_stand_side_by_side(trainer):
    page = trainer.get("/desk/training/examples?kind=complaint&category=water").text
    assert "side-by-side" in page
    assert page.count("None yet.") == 2


def test_thin_cells_are_shown_with_a_question_to_ask(trainer):
    page = trainer.get("/desk/training/examples/cells").text
    assert "IsiZulu: Something is wrong with water where you live. What would you write to us?" in page
    assert page.count("thin") >= 6


def add(client, text, **more):
    fields = {"class": "complaint", "category": "water", "language": "en", "text": text, **more}
    return post(client, "/desk/training/examples/new", **fields)


def test_lines_that_fit_are_saved_and_the_others_come_back(trainer, folder):
    answer = add(
        trainer,
        "nothing comes [eTete](location)\nThe tap is dry!\n\nour whole street since friday has been dry",
    )
    assert answer.status_code == 422
    assert "1 example saved." in answer.text
    assert "This example is there already" in answer.text
    assert "too like a message that we measure with" in answer.text
    assert shown_text(answer.text) == "The tap is dry!\nour whole street since friday has been dry"
    assert "nothing comes [eTete](location)" in learnt(folder)


def test_a_near_duplicate_is_told_before_it_is_saved(trainer, folder):
    near = "since monday there is no water in my street at"
    assert "Nearly the same is there already" in add(trainer, near).text
    assert add(trainer, near, sure="1").status_code == 303
    assert near in learnt(folder)


def test_nothing_is_saved_without_a_cell(trainer, folder):
    answer = add(trainer, "a text", category="", language="fr")
    assert answer.status_code == 422
    assert answer.text.count('class="fault"') == 2
    assert shown_text(answer.text) == "a text"


def key_of(client, words):
    return keys_in(client.get("/desk/training/examples", params={"q": words}).text)[0]


def test_an_example_is_changed_moved_and_deleted_and_each_can_be_undone(trainer, folder):
    before = learnt(folder)
    path = f"/desk/training/examples/{key_of(trainer, 'the tap is dry')}"
    assert "It came with the files: water.en.yml" in trainer.get(path).text
    moved = {
        "deed": "save",
        "text": "is the tap dry",
        "class": "query",
        "category": "water",
        "language": "en",
    }
    assert post(trainer, path, **moved).status_code == 303
    page = trainer.get("/desk/training/examples").text
    assert "zola" in page
    assert learnt(folder) == before - {"the tap is dry"} | {"is the tap dry"}
    post(trainer, re.search(r'action="(/desk/training/examples/undo/[^"]+)"', page)[1])
    assert learnt(folder) == before
    post(trainer, path, deed="delete")
    page = trainer.get("/desk/training/examples").text
    assert "the tap is dry" not in learnt(folder)
    post(trainer, re.search(r'action="(/desk/training/examples/undo/[^"]+)"', page)[1])
    assert learnt(folder) == before
    assert (folder / "water.en.yml").read_text().count("the tap is dry") == 1


def test_a_change_that_contradicts_is_refused(trainer, folder):
    path = f"/desk/training/examples/{key_of(trainer, 'the tap is dry')}"
    text = "there is no water in my street since monday"
    fields = {"deed": "save", "text": text, "class": "query", "category": "water", "language": "en"}
    answer = post(trainer, path, **fields)
    assert answer.status_code == 422
    assert "example of something else" in answer.text


def test_an_example_that_is_gone_is_not_found(trainer):
    assert trainer.get("/desk/training/examples/0123456789abcdef").status_code == 404


def test_of_a_blind_message_nothing_is_told_and_nothing_chosen(trainer, another, region, monkeypatch):
    everything_is_looked_at_twice(monkeypatch)
    messages(region, TEXT, said="dispute", category="electricity", language="zu")
    other = another()
    signed_in(other, role="trainer", username="sbu")
    for look, who in enumerate((trainer, other)):
        page = who.get("/desk/training/inbox").text
        (group,) = groups_in(page)
        assert "Two trainers answer this one" in page
        assert ("second opinion" in page) == (look == 1)
        assert "The assistant said" not in page
        assert "selected" not in page
        assert 'aria-pressed="true"' not in page
        said = {**SAVE, "class": ("complaint", "query")[look]}
        hasty = post(who, f"/desk/training/inbox/{group}", **{**said, "class": "", "language": ""})
        assert hasty.status_code == 422
        assert "Choose what it is." in hasty.text
        assert "Choose the language." in hasty.text
        assert post(who, f"/desk/training/inbox/{group}", **said).status_code == 303
    page = trainer.get("/desk/training/figures").text
    assert "1 message was answered by two trainers." in page
    assert "They say the same of 0 % (0 to 79 %)." in page
    assert re.search(rf"{TEXT}</span>\s*<span[^>]*>Complaint</span>\s*<span[^>]*>Question", page)
    signed_in(trainer, role="supervisor", username="thoko")
    page = trainer.get("/desk/training/figures").text
    assert "They say the same of 0 %" in page
    assert TEXT not in page


def test_what_came_in_meanwhile_is_counted_and_laid_behind(trainer, region):
    messages(region, TEXT)
    page = trainer.get("/desk/training/inbox").text
    (first,) = groups_in(page)
    (news,) = re.findall(r'data-from="([^"]+)"', page)
    assert "new" not in trainer.get(news).text
    messages(region, "the meter is broken", "street lights are out", sure=0.7)
    assert "2 new: show" in trainer.get(news).text
    page = trainer.get("/desk/training/inbox/_next", params={"beside": [first, "nonsense"]}).text
    (newest,) = groups_in(page)
    assert newest != first
    assert "street lights" in page
    assert "The newest comes after this one." in page
    assert "new" not in trainer.get(re.findall(r'data-from="([^"]+)"', page)[0]).text


# --- figures -----------------------------------------------------------------------------------------------


def test_answers_to_the_sample_make_the_figures(trainer, region, monkeypatch):
    monkeypatch.setattr("crm_store.services.training_gathering.is_drawn", lambda *_: True)
    messages(region, TEXT, "the meter is broken")
    assert "No figure yet" in trainer.get("/desk/training/figures").text
    for group in groups_in(trainer.get("/desk/training/inbox").text):
        post(trainer, f"/desk/training/inbox/{group}", **{**SAVE, "learn": ""})
    page = trainer.get("/desk/training/figures").text
    assert "2 of 2" in page
    assert "100 %" in page
    assert "34 to 100 %" in page
    assert "<circle" in page
