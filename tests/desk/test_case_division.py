"""Splitting one case in two at the desk, through its doors: shown before, done once, taken back."""

import re

import pytest
from sqlalchemy import select

from crm_store.database import transaction
from crm_store.services.media import keep_form_picture
from crm_store.tables import Case, Conversation, Media
from desk.words import speaking
from tests.desk.conftest import post, signed_in
from tests.desk.page_forms import forms
from tests.desk.test_cases import NOW, again, case, deed, flash, version
from tests.store.people import SIPHO
from tests.store.test_case_lists import opened

__all__ = ["case"]

SECOND = {
    "text": "The lights are off, too",
    "class": "complaint",
    "category": "streetlights",
    "place": "eBallito",
}


def second_of(case) -> Case | None:
    with transaction() as session:
        return session.scalar(select(Case).where(Case.divided_from_id == case.id))


def form_of(page):
    return next(one for one in forms(page.text) if one.action.endswith("/divide"))


def test_from_the_page_to_two_cases_and_back(client, case):
    with transaction() as session:
        keep_form_picture(session, session.get_one(Case, case.id), "a" * 64, "image/jpeg", 9, NOW)
        picture = session.scalar(select(Media.id))
    signed_in(client)
    page = client.get(f"/desk/cases/{case.reference}?deed=divide")
    form = form_of(page)
    assert (form.fields["place"], form.fields["class"], form.fields["category"]) == (
        "Ballito",
        "complaint",
        "",
    )
    assert str(case.source_message_id) in page.text
    typed = form.fields | SECOND | {"message": str(case.source_message_id), "photo": str(picture)}
    shown = post(client, form.action, **typed)
    assert "held two matters" in shown.text
    assert second_of(case) is None
    kept = form_of(shown)
    assert kept.fields["previewed"] == "yes"
    assert kept.fields["text"] == SECOND["text"]
    assert (kept.fields["message"], kept.fields["photo"]) == (str(case.source_message_id), str(picture))
    done = post(client, form.action, **kept.fields)
    new = second_of(case)
    assert new.category == "streetlights"
    said = flash(client, done)
    assert f"the second matter is {new.reference}" in said
    assert f'href="/desk/cases/{new.reference}"' in said
    other = client.get(f"/desk/cases/{new.reference}").text
    assert f'href="/desk/cases/{case.reference}"' in other
    assert "The lights are off, too" in other
    assert f"{picture}" in other
    undone = post(client, re.search(r"/desk/cases/undo/\d+", said).group(0))
    assert undone.status_code == 303
    page = client.get(f"/desk/cases/{case.reference}").text
    assert str(picture) in page
    assert second_of(case).merged_into_id == case.id


def test_sent_twice_it_is_done_once(client, case):
    signed_in(client)
    given = {"version": version(client.get(f"/desk/cases/{case.reference}")), "previewed": "yes", **SECOND}
    assert post(client, f"/desk/cases/{case.reference}/divide", **given).status_code == 303
    assert post(client, f"/desk/cases/{case.reference}/divide", **given).status_code == 409
    assert second_of(case)
    without = {**given, "version": ""}
    assert post(client, f"/desk/cases/{case.reference}/divide", **without).status_code == 409


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"text": ""}, "Write what the second matter is."),
        ({"category": ""}, "Choose what it is about."),
        ({"category": "nonsense"}, "Choose what it is about."),
        ({"class": "dispute"}, "does not go with this category"),
        ({"class": "dispute", "category": "billing"}, "Which account is it?"),
        ({"place": ""}, "Where is it?"),
        ({"to": "KDM/nonsense"}, "Choose the department."),
        ({"class": "dispute", "category": "billing", "account": "41006273", "amount": "much"}, "no amount"),
    ],
    ids=lambda given: "-".join(given) if isinstance(given, dict) else "",
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(client, case, wrong, said):
    signed_in(client)
    answer = deed(client, case, "divide", **SECOND | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert form_of(answer).fields["text"] == (SECOND | wrong)["text"]
    assert second_of(case) is None


def test_what_never_was_on_the_page_does_not_go_along(client, case, region):
    with transaction() as session:
        others = opened(session, region, address=SIPHO)
    signed_in(client)
    assert deed(client, case, "divide", **SECOND, message="nonsense").status_code == 303
    with transaction() as session:
        mine = opened(session, region, "Another hole", at=NOW)
    answer = deed(client, mine, "divide", **SECOND, message=str(others.source_message_id))
    assert answer.status_code == 422
    assert second_of(mine) is None


def test_in_isizulu_from_the_form_to_the_words(client, case):
    with transaction() as session:
        session.get_one(Conversation, case.conversation_id).language = "zu"
    signed_in(client, language="zu")
    page = client.get(f"/desk/cases/{case.reference}").text
    with speaking("zu"):
        from desk.words import _

        assert _("Split in two") in page
    shown = deed(client, case, "divide", **SECOND, previewed="")
    assert "ihlukanisiwe" in shown.text


def test_who_may_not_see_the_second_sees_its_number_only(client, case):
    signed_in(client, municipality="KDM", department="roads")
    answer = deed(client, case, "divide", **SECOND)
    new = second_of(case)
    assert new.department != "roads"
    page = flash(client, answer)
    assert new.reference in page
    assert f'href="/desk/cases/{new.reference}"' not in page
    assert client.get(f"/desk/cases/{new.reference}").status_code == 404


def test_nobody_else_splits_it(client, case):
    signed_in(client, municipality="MLM")
    assert post(client, f"/desk/cases/{case.reference}/divide", version="1", **SECOND).status_code == 404
    assert post(client, f"/desk/cases/{case.reference}/divide/preview", **SECOND).status_code == 404
    assert second_of(case) is None
    assert again(case).stage == "new"
