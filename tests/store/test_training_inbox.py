"""The trainers' inbox: what comes into it, to whom it is shown, and what becomes of an answer."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.database import sql_engine
from crm_store.domain.training import GROUP
from crm_store.queries.examples import all_examples, origins
from crm_store.queries.training_figures import agreement, corrected_messages, weekly_figures
from crm_store.queries.training_inbox import count_inbox, inbox_group
from crm_store.services.cases import NewCase, open_case
from crm_store.services.citizens import erase_citizen
from crm_store.services.confidence import make_anonymous
from crm_store.services.conversations import citizen_of
from crm_store.services.history import changing
from crm_store.services.training_inbox import (
    LEASE,
    Answer,
    AnswerRefused,
    NotYours,
    decide,
    lease_groups,
    pass_by,
    undo_last,
)
from crm_store.tables import (
    ExampleChange,
    Message,
    Model,
    Shadow,
    ShadowReading,
    TrainingGroup,
    TrainingItem,
    TrainingLabel,
)
from tests.store.people import SIPHO
from tests.store.training import (
    everything_is_looked_at_twice,
    examples_folder,
    gathered,
    nobody_looks_twice,
    understood,
)

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ANSWER = Answer(
    message_class="complaint", category="water", language="en", text="not a drop at our taps today"
)


@pytest.fixture
def folder(tmp_path):
    return examples_folder(tmp_path)


@pytest.fixture
def undrawn(monkeypatch):
    """Nothing is drawn for the sample."""
    monkeypatch.setattr("crm_store.services.training_gathering.is_drawn", lambda *_: False)


@pytest.fixture
def no_second(monkeypatch):
    nobody_looks_twice(monkeypatch)


def items(session):
    return {item.message_id: item for item in session.scalars(select(TrainingItem))}


def only_group(session):
    return session.scalars(select(TrainingGroup)).one()


# --- what comes in --------------------------------------------------------------------------------------


def test_what_was_sure_and_answered_is_not_shown(session, region, undrawn):
    understood(session, "no water in street since Monday")
    assert gathered(session, region) == 0


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"sure": 0.5}, "unsure"),
        ({"replied": "utter_ask_matter"}, "asked_back"),
        ({"replied": "utter_not_understood"}, "not_understood"),
    ],
)
def test_each_sign_brings_a_message_in(session, region, undrawn, more, reason):
    message_id = understood(session, "no water since street dry", **more)
    assert gathered(session, region) == 1
    assert items(session)[message_id].reasons == [reason]


def test_new_words_bring_a_message_in(session, region, undrawn):
    message_id = understood(session, "geyser valve klaar gebrand dry")
    gathered(session, region)
    assert items(session)[message_id].reasons == ["new_words"]


def test_a_guess_that_was_not_acted_on_is_what_was_said(session, region, undrawn):
    message_id = understood(session, "no water", said="nlu_fallback", guess="query", sure=0.5)
    gathered(session, region)
    assert items(session)[message_id].said_class == "query"


def test_an_answer_to_a_question_of_ours_is_no_message_for_training(session, region):
    understood(session, "eSundumbili phezulu", said="inform", guess="complaint", sure=0.4)
    understood(session, "1 2 3", sure=0.4)
    assert gathered(session, region) == 0


def test_nothing_is_taken_in_twice(session, region, undrawn):
    understood(session, "no water", sure=0.5)
    assert [gathered(session, region) for _ in range(3)] == [1, 0, 0]


def test_a_message_that_still_waits_is_not_passed_by(session, region, undrawn):
    from crm_store.services.turns import finish_turn
    from tests.store.people import writes

    waiting = writes(session, "the tap is dry", SIPHO)
    understood(session, "no water", sure=0.5)
    gathered(session, region)
    session.scalar(select(func.count(TrainingItem.message_id)))
    said = {"class": "complaint", "class_confidence": 0.3, "category": "water", "language": "en"}
    finish_turn(session, waiting.message_id, [], asking=None, choices=[], understanding=said)
    session.flush()
    gathered(session, region)
    assert waiting.message_id in items(session)


def case_of(session, region, message_id, **more):
    message = session.get_one(Message, message_id)
    new = {"case_class": "complaint", "category": "water", "description": message.body, **more}
    return open_case(
        session,
        region,
        NewCase(conversation_id=message.conversation_id, source_message_id=message_id, **new),
        datetime.now(UTC),
    )


def test_a_case_that_an_agent_corrected_brings_its_message_with_the_agents_word(session, region, undrawn):
    message_id = understood(session, "no water since street dry")
    case = case_of(session, region, message_id)
    assert gathered(session, region) == 0
    with changing(session, case, "category_changed", actor="agent:zola", at=datetime.now(UTC)):
        case.category = "billing"
    session.flush()
    assert gathered(session, region) == 1
    shown = inbox_group(session, region, only_group(session).id, "thandeka")
    assert (shown.said_category, shown.suggested_category) == ("water", "billing")
    assert shown.reasons == ("corrected",)


def test_a_no_brings_the_question_in_that_was_badly_answered(session, region, undrawn):
    from crm_store.services.knowledge import note_unanswered

    asked = understood(session, "no water street since", said="query", replied="utter_ask_helpful")
    no = understood(session, "no", said="deny", category=None, replied="utter_query_logged")
    note_unanswered(session, case_of(session, region, no, case_class="query"), "when_water_back")
    session.flush()
    gathered(session, region)
    assert items(session)[asked].reasons == ["not_helpful"]


def test_what_led_to_a_person_comes_in(session, region, undrawn):
    from crm_store.services.conversations import request_agent

    first = understood(session, "no water street since", sure=0.9, replied="utter_not_understood")
    request_agent(session, session.get_one(Message, first).conversation_id, "not understood")
    session.flush()
    gathered(session, region)
    assert items(session)[first].reasons == ["handed_over", "not_understood"]


def test_what_a_model_in_shadow_mode_reads_differently_comes_in(session, region, undrawn):
    message_id = understood(session, "no water since street dry")
    model = Model(name="m", frame="f", data_version="d", examples=1, origin="trained", size=1, sha256="s")
    session.add(model)
    session.flush()
    shadow = Shadow(candidate_id=model.id, share=100, started_by="zola")
    session.add(shadow)
    session.flush()
    reading = {"class": "query"}
    session.add(
        ShadowReading(
            shadow_id=shadow.id, message_id=message_id, published=reading, candidate=reading, agree=False
        )
    )
    gathered(session, region)
    assert items(session)[message_id].reasons == ["models_disagree"]


@pytest.mark.parametrize("secret", ["confidential", "sealed", "anonymous", "corruption"])
def test_secret_messages_never_come_in(session, region, secret):
    said = {"category": "corruption"} if secret == "corruption" else {}
    message_id = understood(session, "the tender officer takes bribes", sure=0.4, **said)
    if secret == "confidential":
        case_of(session, region, message_id, category="corruption")
    elif secret == "anonymous":
        make_anonymous(session, case_of(session, region, message_id), NOW)
    elif secret == "sealed":
        session.get_one(Message, message_id).sealed = True
    session.flush()
    assert gathered(session, region) == 0


def test_what_becomes_secret_later_is_shown_no_more(session, region, folder):
    message_id = understood(session, "she takes money at the window", sure=0.4)
    gathered(session, region)
    group = only_group(session)
    make_anonymous(session, case_of(session, region, message_id), NOW)
    session.flush()
    assert inbox_group(session, region, group.id, "zola") is None
    with pytest.raises(NotYours):
        decide(session, region, folder, group.id, ANSWER, "zola", NOW)


def test_alike_messages_are_one_group(session, region, undrawn):
    for number in range(3):
        understood(
            session, f"no water since {number}1 days in our street", sure=0.5, address=f"+2782000000{number}"
        )
    understood(session, "the meter is broken", sure=0.5, address=SIPHO)
    gathered(session, region)
    assert sorted(
        session.scalars(select(func.count(TrainingItem.message_id)).group_by(TrainingItem.group_id))
    ) == [1, 3]


def test_places_make_no_difference_to_likeness(session, region, undrawn):
    for number, place in enumerate(("Ballito", "Steve Biko", "KwaDukuza")):
        text = f"lights out in {place}"
        marked = [{"entity": "location", "value": place, "start": text.index(place), "end": len(text)}]
        understood(session, text, sure=0.5, address=f"+2782000000{number}", entities=marked)
    gathered(session, region)
    assert session.scalar(select(func.count(TrainingGroup.id))) == 1


def test_a_group_does_not_grow_without_end(session, region, undrawn):
    for number in range(GROUP + 1):
        understood(session, "no water", sure=0.5, address=f"+278200001{number:02}")
    gathered(session, region)
    assert sorted(
        session.scalars(select(func.count(TrainingItem.message_id)).group_by(TrainingItem.group_id))
    ) == [1, GROUP]


def test_a_busy_week_is_drawn_from_with_a_known_probability(session, region, monkeypatch):
    monkeypatch.setattr("crm_store.services.training_gathering._rates", lambda *_: {"en": 0.25})
    ids = [
        understood(session, f"no water {'abcdefgh'[number % 8]}{number}", address=f"+27820{number:06}")
        for number in range(40)
    ]
    gathered(session, region)
    found = items(session)
    assert 0 < len(found) < 40
    assert {item.drawn_rate for item in found.values()} == {0.25}
    assert set(found) <= set(ids)


# --- who sees it ----------------------------------------------------------------------------------------


def three_groups(session, region):
    for text, sure in (("no water", 0.6), ("the meter is broken", 0.2), ("street lights out", 0.4)):
        understood(session, text, sure=sure)
    gathered(session, region)
    session.commit()


def test_the_worst_comes_first_and_two_trainers_never_get_the_same(session, region, undrawn):
    three_groups(session, region)
    first = lease_groups(session, "zola", NOW, 2)
    texts = [inbox_group(session, region, one, "zola").text.text for one in first]
    assert texts == ["the meter is broken", "street lights out"]
    with Session(sql_engine()) as other:  # while the first transaction is still open
        theirs = lease_groups(other, "sbu", NOW, 2)
        assert len(theirs) == 1
        assert not set(theirs) & set(first)
    session.commit()
    assert lease_groups(session, "sbu", NOW, 3) == theirs
    assert lease_groups(session, "zola", NOW, 2) == first
    assert lease_groups(session, "zola", NOW, 1, beside=first) == []


def test_a_lease_ends(session, region, undrawn, folder):
    three_groups(session, region)
    first = lease_groups(session, "zola", NOW, 1)
    later = NOW + LEASE + timedelta(seconds=1)
    assert lease_groups(session, "sbu", later, 1) == first
    with pytest.raises(NotYours):
        decide(session, region, folder, first[0], ANSWER, "zola", later)


def test_the_sample_is_shown_beside_the_worst(session, region, monkeypatch, folder, no_second):
    monkeypatch.setattr("crm_store.services.training_gathering.is_drawn", lambda one, _: one == drawn_id)
    drawn_id = understood(session, "the tap is dry")
    for text in ("meter broken", "lights out", "refuse heaps", "road holes"):
        understood(session, text, sure=0.1)
    gathered(session, region)
    seen = []
    for number in range(3):
        (group_id,) = lease_groups(session, "zola", NOW, 1)
        seen.append(inbox_group(session, region, group_id, "zola").drawn)
        pass_by(session, region, group_id, "zola", NOW + timedelta(seconds=number), unfit=True)
    assert seen == [False, False, True]


# --- what becomes of it ---------------------------------------------------------------------------------


def one_group(session, region, body="not a drop at our taps today", **more):
    understood(session, body, **{"sure": 0.5, **more})
    gathered(session, region)
    (group_id,) = lease_groups(session, "zola", NOW, 1)
    return group_id


def test_an_answer_becomes_an_example_with_its_origin(session, region, folder, no_second):
    group_id = one_group(session, region)
    decided = decide(session, region, folder, group_id, ANSWER, "zola", NOW)
    assert (decided.decision, decided.example, decided.messages) == ("accepted", "added", 1)
    (new,) = (one for one in all_examples(session, folder) if one.text == ANSWER.text)
    assert (new.file, new.label) == ("water.en.yml", ("complaint", "water", "en"))
    assert origins(session)[new.key].actor == "zola"
    assert count_inbox(session, "zola", NOW).groups == 0


def test_a_correction_is_told_from_an_acceptance(session, region, folder, no_second):
    group_id = one_group(session, region, said="query")
    assert decide(session, region, folder, group_id, ANSWER, "zola", NOW).decision == "corrected"
    (one,) = corrected_messages(session, NOW - timedelta(days=365))
    assert (one.said_class, one.message_class, one.text) == ("query", "complaint", ANSWER.text)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [("The tap is dry!", "known"), ("since friday our whole street has been dry", "measured")],
)
def test_what_is_known_or_measured_is_kept_for_the_figures_only(
    session, region, folder, no_second, text, outcome
):
    group_id = one_group(session, region, body=text)
    answer = Answer(message_class="complaint", category="water", language="en", text=text)
    assert decide(session, region, folder, group_id, answer, "zola", NOW).example == outcome
    assert session.scalar(select(func.count(ExampleChange.id))) == 0
    assert len(corrected_messages(session, NOW - timedelta(days=365))) == 1


def test_a_contradiction_is_told_before_anything_is_saved(session, region, folder):
    group_id = one_group(session, region, body="the tap is dry")
    answer = Answer(message_class="query", category="water", language="en", text="the tap is dry")
    with pytest.raises(AnswerRefused) as refused:
        decide(session, region, folder, group_id, answer, "zola", NOW)
    assert set(refused.value.faults) == {"conflict"}
    assert session.scalar(select(func.count(TrainingLabel.id))) == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"message_class": "poem"}, "class"),
        ({"category": None}, "category"),
        ({"category": "ufos"}, "category"),
        ({"message_class": "greet"}, "category"),
        ({"language": "fr"}, "language"),
        ({"text": "call me on 082 123 4567 please"}, "text"),
        ({"text": "no [water](drink)"}, "text"),
        ({"text": " "}, "text"),
    ],
)
def test_a_wrong_answer_is_refused_by_its_field(session, region, folder, change, field):
    group_id = one_group(session, region, body="no water, call me on 0821234567")
    answer = Answer(**{**ANSWER.__dict__, **change})
    with pytest.raises(AnswerRefused) as refused:
        decide(session, region, folder, group_id, answer, "zola", NOW)
    assert field in refused.value.faults


def test_undo_takes_the_answer_and_its_example_back(session, region, folder, no_second):
    group_id = one_group(session, region)
    before = all_examples(session, folder)
    decide(session, region, folder, group_id, ANSWER, "zola", NOW)
    assert undo_last(session, "zola", NOW) == group_id
    assert all_examples(session, folder) == before
    assert lease_groups(session, "zola", NOW, 1) == [group_id]
    assert undo_last(session, "zola", NOW) is None


def test_skipped_is_left_to_others_and_unfit_to_nobody(session, region, folder):
    group_id = one_group(session, region)
    pass_by(session, region, group_id, "zola", NOW, unfit=False)
    assert lease_groups(session, "zola", NOW, 1) == []
    assert lease_groups(session, "sbu", NOW, 1) == [group_id]
    pass_by(session, region, group_id, "sbu", NOW, unfit=True)
    assert lease_groups(session, "lwazi", NOW, 1) == []
    assert corrected_messages(session, NOW - timedelta(days=365)) == []


def test_a_second_trainer_says_what_they_see_and_agreement_is_counted(session, region, folder, monkeypatch):
    everything_is_looked_at_twice(monkeypatch)
    group_id = one_group(session, region)
    decide(session, region, folder, group_id, ANSWER, "zola", NOW)
    assert lease_groups(session, "zola", NOW, 1) == []
    assert lease_groups(session, "sbu", NOW, 1) == [group_id]
    assert inbox_group(session, region, group_id, "sbu").second
    other = Answer(**{**ANSWER.__dict__, "message_class": "query"})
    decided = decide(session, region, folder, group_id, other, "sbu", NOW + timedelta(minutes=1))
    assert decided.example == "kept"
    found = agreement(session, NOW - timedelta(days=1))
    assert (found.share.messages, found.share.right, found.kappa) == (1, 0, 0)
    assert (found.pairs, found.differences) == (1, ((ANSWER.text, "complaint", "query"),))
    assert [one.message_class for one in corrected_messages(session, NOW - timedelta(days=365))] == [
        "complaint"
    ]


def test_an_erased_person_leaves_the_inbox(session, region, folder, no_second):
    first = one_group(session, region)
    decide(session, region, folder, first, ANSWER, "zola", NOW)
    message = session.scalars(select(Message).where(Message.direction == "in")).one()
    erase_citizen(session, citizen_of(session, message.conversation_id), "agent:admin")
    for table in (TrainingItem, TrainingGroup, TrainingLabel):
        assert session.scalar(select(func.count()).select_from(table)) == 0
    assert ANSWER.text in {one.text for one in all_examples(session, folder)}  # masked: it is nobody's


def test_nobody_is_known_by_what_a_trainer_sees(session, region, undrawn):
    from crm_store.tables import Citizen

    body = "ngingu Nokwethemba, awekho amanzi eSundumbili kwa-214 Hill Road, 0821234567 acc 41006273"
    message_id = understood(
        session,
        body,
        sure=0.4,
        entities=[
            {"entity": "account_number", "value": "41006273", "start": 80, "end": 88},
            {"entity": "location", "value": "eSundumbili", "start": 35, "end": 46},
        ],
    )
    citizen = citizen_of(session, session.get_one(Message, message_id).conversation_id)
    session.get_one(Citizen, citizen).name = "Nokwethemba Qwabe"
    gathered(session, region)
    shown = inbox_group(session, region, only_group(session).id, "zola").text
    # Whole words: what stands in a number's place is drawn, and may hold the digits 214 by chance.
    for own in ("Nokwethemba", r"\w*Sundumbili", "214", "Hill", "0821234567", "41006273"):
        assert not re.search(rf"\b{own}\b", shown.text)
    assert shown.annotated().count("](") == 2


# --- figures --------------------------------------------------------------------------------------------


def test_only_the_sample_makes_the_weekly_figure(session, region, folder, monkeypatch, no_second):
    sample = set()
    monkeypatch.setattr("crm_store.services.training_gathering.is_drawn", lambda one, _: one in sample)
    texts = ["not a drop at our taps", "meter is broken", "lights are out here", "refuse lies in heaps"]
    for number, text in enumerate(texts):
        message_id = understood(session, text, said="query" if number % 2 else "complaint", sure=0.4)
        if number < 3:
            sample.add(message_id)
    gathered(session, region)
    while found := lease_groups(session, "zola", NOW, 1):
        shown = inbox_group(session, region, found[0], "zola")
        answer = Answer(
            message_class="complaint", category="water", language="en", text=shown.text.annotated()
        )
        decide(session, region, folder, found[0], answer, "zola", NOW)
    (week, *_) = weekly_figures(session, datetime.now(UTC))
    assert (week.drawn, week.looked_at) == (3, 3)
    share = week.message_class["en"]
    assert (share.messages, share.right) == (3, pytest.approx(2 / 3))
    assert share.low < 0.4
    assert share.high > 0.85
    assert week.message_class["zu"].right is None
    assert week.by_class["complaint"].messages == 3
