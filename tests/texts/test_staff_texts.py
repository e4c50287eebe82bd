"""What staff are told: every kind in both languages, in one line that a telephone takes, names for ids."""

import re
from pathlib import Path

import pytest

from crm_store.domain.municipality import load_region
from crm_store.domain.region import GSM7
from crm_store.staff_texts import AboutCase, line, mail
from crm_store.texts import ROOT, sources

KINDS = sorted(key.partition(".")[2] for key in sources() if key.startswith("staff_notice."))
DATA = {
    "percent": 150, "due_at": "2026-11-24T14:00:00+00:00", "body": "eskom", "by": "Nomsa Dube",
    "category": "roads", "area": "KDM", "observed": 12, "usual": 1.5, "incident": 42, "praised": "Petros",
}  # fmt: skip
CASE = AboutCase("KDM-4821-7305", "complaint", "roads", "KDM", "roads", confidential=False)


@pytest.fixture(scope="module")
def region():
    return load_region(Path(ROOT) / "municipalities" / "ilembe.yml")


@pytest.mark.parametrize("language", ["en", "zu"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", [CASE, None])
def test_every_kind_is_one_line_of_one_sms(kind, language, case, region):
    told = line(kind, DATA, case, language, region)
    assert len(told) <= 160
    assert set(told) <= GSM7
    assert not re.search(r"[{}_]| - |-\\.", told)
    assert told.endswith(".") or kind == "confidential"


def test_a_word_of_the_code_said_to_a_person_is_its_name(region):
    said = line("escalation", DATA, CASE, "zu", region)
    assert said.startswith("KDM-4821-7305 (isikhalazo, imigwaqo")
    assert said.endswith("ngaphambi kuka-16:00 ngoLwesibili 24 Nov.")
    assert "Tue 24 Nov, 16:00" in line("escalation", DATA, CASE, "en", region)
    assert "KwaDukuza" in line("early_warning", DATA, None, "en", region)


def test_what_was_written_before_times_were_kept_stands_as_it_is(region):
    assert "due 24 Nov 16:00." in line("escalation", {**DATA, "due_at": "24 Nov 16:00"}, CASE, "en", region)


def test_of_a_confidential_case_only_its_reference(region):
    hidden = AboutCase("KDM-4821-7305", "complaint", "corruption", "KDM", "roads", confidential=True)
    subject, body = mail("assigned", {}, hidden, "en", region, "https://p.example.org")
    assert subject == "Phendula: KDM-4821-7305 (confidential): it was given to you."
    assert "https://p.example.org/desk/cases/KDM-4821-7305" in body


def test_a_kind_without_words_still_says_something(region):
    assert line("new_kind", {}, CASE, "en", region).endswith("please look at it.")


def test_a_chat_is_linked_and_praise_without_a_name_is_the_teams(region):
    _subject, body = mail(
        "chat_given", {"by": "Nomsa", "conversation_id": "x1"}, None, "en", region, "https://p"
    )
    assert body.startswith("Nomsa gave you a chat.")
    assert "https://p/desk/chats/x1" in body
    assert "the team" in line("compliment", {"praised": None}, CASE, "en", region)
