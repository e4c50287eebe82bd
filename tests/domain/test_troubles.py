"""What is wrong, by the words people use; and whether they ask when it will be over."""

import pytest

from crm_store.domain.troubles import asks_ahead, asks_when_over, trouble_of, troubles

TOLD = [
    ("water", "outage", "Awekho amanzi eSundumbili kusukela izolo"),
    ("water", "outage", "no water since last night"),
    ("water", "outage", "we dont have water in groutville"),
    ("water", "outage", "our taps are dry since monday"),
    ("water", "outage", "water is off again"),
    ("water", "outage", "amanzi aphelile futhi namhlanje"),
    ("water", "outage", "asinamanzi"),
    ("water", "outage", "akunamanzi eMandeni"),
    ("water", "outage", "AWEKHOAMANZI eNyoni"),
    ("water", "outage", "ompompi bomile isonto lonke"),
    ("water", "outage", "i-water iphelile la eMandeni since izolo"),
    ("water", "outage", "amanzi azobuya nini eSundumbili"),
    ("water", "outage", "azobuya nini amanzi"),
    ("electricity", "outage", "ubuya nini ugesi"),
    ("water", "leak", "there is a burst water pipe in Mandeni near the taxi rank"),
    ("water", "leak", "Kunobhobho ophukile eMaphumulo, amanzi ayachitheka"),
    ("water", "quality", "amanz aphuma ansundu futh ayanuka"),
    ("water", "quality", "the water is brown and smells"),
    ("water", "pressure", "low pressure the whole week"),
    ("water", "other", "the water tanker driver was rude"),
    ("electricity", "outage", "akukho gesi kusukela ekuseni"),
    ("electricity", "outage", "no electricity in Ndwedwe since yesterday morning"),
    ("electricity", "outage", "ugesi uhambile"),
    ("electricity", "outage", "power cut in Ballito"),
    ("electricity", "outage", "when will u bring back the power?? loadshedding finished at 6"),
    ("electricity", "other", "the meter box is open"),
    ("refuse", "missed", "the bin was not collected this week"),
    ("refuse", "missed", "udoti awulandwanga"),
    ("sanitation", "spill", "the public toilets are overflowing since monday"),
    ("streetlights", "dark", "streetlights are off the whole week in Shakaville"),
    ("roads", "traffic_lights", "robots not working corner king shaka and hulett"),
    ("roads", "other", "potholes everywhere"),
    ("billing", "other", "no water on my bill"),
]


@pytest.mark.parametrize(("category", "trouble", "text"), TOLD, ids=[text for *_, text in TOLD])
def test_trouble(category, trouble, text):
    assert trouble_of(category, text) == trouble


@pytest.mark.parametrize(
    "text",
    [
        "when will the water be back in Sundumbili",
        "when is the electricity coming back?",
        "what time will the power be on again",
        "how long will we be without water",
        "is there planned maintenance in Ballito",
        "why is there no water in Mandeni",
        "amanzi azobuya nini",
        "azobuya nini amanzi eSundumbili?",
        "ugesi uzobuya nini eMandeni",
        "nizolungisa nini amanzi",
        "kungani kungekho ugesi",
        "i-water izobuya nini?",
        "kukhona umsebenzi ohleliwe eMandeni?",
        "amanzi azovalwa nini",
    ],
)
def test_asks_when_it_is_over(text):
    assert asks_when_over(text)


@pytest.mark.parametrize(
    "text",
    [
        "what are your office hours",
        "how do I pay my water account",
        "when is the bin collected",
        "ngikhokha kuphi i-akhawunti yamanzi?",
        "how do I apply for a water meter",
        "nivula nini ihhovisi",
        "what number do I ring",
    ],
)
def test_asks_something_else(text):
    assert not asks_when_over(text)


def test_every_category_of_the_file_is_one_of_the_regions(ilembe):
    assert set(troubles()) <= set(ilembe.categories)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is there planned work on the water in Ballito", True),
        ("will there be a water interruption in Groutville tomorrow", True),
        ("amanzi azovalwa nini", True),
        ("kukhona umsebenzi ohleliwe eMandeni?", True),
        ("when will the water be back in Sundumbili", False),
        ("amanzi azobuya nini", False),
    ],
)
def test_asks_what_is_to_come(text, expected):
    assert asks_ahead(text) is expected
