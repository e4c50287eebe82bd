"""Who does not want to be named, in both languages; and who speaks of other names."""

import pytest

from crm_store.domain.anonymity import wants_anonymity


@pytest.mark.parametrize(
    "text",
    [
        "I want to stay anonymous",
        "I would like to report this anonymously please",
        "Please don’t show my name",
        "i do not want to give you my name",
        "without giving my name",
        "keep my identity secret",
        "hide my number",
        "angifuni ukuveza igama lami",
        "Angithandi ukusho igama lami",
        "ngicela nifihle igama lami",
        "Ngifisa ukuhlala ngingaziwa",
        "ngibika ngaphandle kokuziveza",
        "angifuni ukuziveza",
    ],
)
def test_wishes(text: str) -> None:
    assert wants_anonymity(text)


@pytest.mark.parametrize(
    "text",
    [
        "My name is Thandi",
        "The clerk took a bribe and would not give his name",
        "Igama lami nguSipho",
        "angifuni ukukhokha imali yomsebenzi",
        "my name is not on the housing list",
        "I am not on my account",
        "yes",
    ],
)
def test_other_words(text: str) -> None:
    assert not wants_anonymity(text)
