"""A report on the web with a telephone number is that phone's own: its STATUS by SMS finds it, no other's."""

import re

import pytest

from tests.desk.page_forms import forms

MADE = {"description": "A deep pothole at the school", "place": "Ballito", "updates": "1"}


def report(phones, phone, language, **more) -> str:
    """Fills in the public form as that phone's person; gives the reference of its confirmation."""
    at = f"{phones.system.web}/report/new"
    given = {"about": "complaint:roads", "lang": language}
    page = phones.system.http.get(at, params=given)
    (form,) = (one for one in forms(page.text) if "key" in one.fields)
    typed = form.fields | MADE | {"phone": phone.address.replace("+27", "0")} | more
    # as browsers send a form with a field for a photo: the last part is an empty file
    parts = [(name, (None, value)) for name, value in typed.items() if isinstance(value, str)]
    done = phones.system.http.post(at, params=given, files=parts, follow_redirects=True)
    found = re.search(r"\b[A-Z]{3,4}-\d{4}-\d{4}\b", done.text)
    assert found, done.text
    return found.group(0)


@pytest.mark.parametrize(("language", "asks"), [("en", "status"), ("zu", "isimo")])
def test_status_by_sms_finds_what_was_reported_on_the_web(phones, language, asks):
    mine, other = phones.sms(), phones.sms()
    reference = report(phones, mine, language)
    assert mine.only_case()["channel"] == "web"
    mine.says(asks)
    answer = mine.hears(reference)
    assert answer.language == language
    for question in (asks, f"{asks} {reference}"):
        other.says(question)
        assert answer.key not in [heard.key for heard in other.last]
        assert all("Ballito" not in heard.text for heard in other.last)
    assert other.cases() == []
