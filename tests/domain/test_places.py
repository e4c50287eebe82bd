"""The gazetteer: locatives, possessives, misspellings, and ordinary words that are no places."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_store.domain.municipality import Place, Region, load_region
from crm_store.domain.places import Gazetteer
from tests.domain.conftest import MUNICIPALITIES

REGION = load_region(MUNICIPALITIES / "ilembe.yml")
GAZETTEER = Gazetteer(REGION)

DOMAIN_PLACES = """KwaDukuza, Stanger, Groutville, Shakaville, Lindelani, Steve Biko, Nkobongo, Shakaskraal,
Ballito, Salt Rock, Umhlali, Etete, Darnall, Zinkwazi, Blythedale, Tinley Manor, Gledhow, Glenhills,
Rocky Park, Doringkop, Mandeni, Sundumbili, Isithebe, Mangete, Macambini, Tugela, Tugela Mouth, Nyoni,
Hlomendlini, Ndwedwe, Montebello, Inanda Dam side, Bhamshela, Ozwathini, Cibane, Maphumulo, Maqumbi, Mvozana,
Otimati, KwaMxhosa"""


@pytest.mark.parametrize("name", [n.strip() for n in DOMAIN_PLACES.split(",")])
def test_every_place_of_the_region_is_known(name: str) -> None:
    for written in (name, name.lower(), name.upper()):
        assert GAZETTEER.find(f"there is no water in {written} again") is not None


@pytest.mark.parametrize(
    ("text", "name", "written"),
    [
        ("Awekho amanzi eSundumbili kusukela izolo", "Sundumbili", "eSundumbili"),
        ("robots not working at the corner, stanger", "KwaDukuza", "stanger"),
        ("umgwaqo wakwaDukuza", "KwaDukuza", "wakwaDukuza"),
        ("abantu baseNdwedwe", "Ndwedwe", "baseNdwedwe"),
        ("thina bakwaMaphumulo", "Maphumulo", "bakwaMaphumulo"),
        ("ngihlala waseSithebe", "Isithebe", "waseSithebe"),
        ("la ku-Salt rok", "Salt Rock", "ku-Salt rok"),
        ("iBallito ayinalo udoti", "Ballito", "iBallito"),
        ("ngaseGroutvile", "Groutville", "ngaseGroutvile"),
        ("at Sundumbilli pls", "Sundumbili", "Sundumbilli"),
        ("hlomendlin akunagesi", "Hlomendlini", "hlomendlin"),
        ("eTugela Mouth", "Tugela Mouth", "eTugela Mouth"),
        ("oThukela", "Tugela", "oThukela"),
        ("Shaka's Head taps dry", "Shakashead", "Shaka's Head"),
        ("e-Tete", "Etete", "e-Tete"),
        ("emva kwedamu, eDamini lase-Inanda", "Inanda Dam", "eDamini lase-Inanda"),
        ("eMandeni, ngaseSundumbili", "Sundumbili", "ngaseSundumbili"),
        ("Ballito/Darnall", "Darnall", "Darnall"),
        ("kwaMandini", "Mandeni", "kwaMandini"),
    ],
)
def test_found(text: str, name: str, written: str) -> None:
    found = GAZETTEER.find(text)
    assert found is not None
    expected = REGION.place_named(name)
    assert expected is not None
    if "/" not in text:
        assert found.place is expected
        assert text[found.start : found.end] == written
        assert (found.municipality, found.locative) == (expected.municipality, expected.locative)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "amanzi aphelile emzini wami",
        "izimbali epaki ziyoma",
        "izinyanga ezimbili ngingenalo ugesi",
        "umhloli wemitha",
        "a stranger came to my gate",
        "ngibuyele ekuqaleni",
        "izihlobo zomndeni",
        "emanzini angcolile",
        "king shaka airport",
        "eThekwini",
        "👋🏽 ولا مكان",
    ],
)
def test_ordinary_words_are_no_places(text: str) -> None:
    assert GAZETTEER.find(text) is None


@given(st.sampled_from(REGION.places), st.sampled_from(["", "ngase", "wase", "base", "ku-", "kwa"]))
def test_every_locative_and_prefix(place: Place, prefix: str) -> None:
    assert place in REGION.places
    for written in (place.locative, prefix + place.name):
        found = GAZETTEER.find(f"amanzi aphelile {written} izolo")
        assert found is not None
        assert found.place is place


@given(st.sampled_from([p for p in REGION.places if len(p.name) >= 8 and " " not in p.name]), st.data())
def test_one_lost_letter_in_a_long_name(place: Place, data: st.DataObject) -> None:
    name = place.name
    at = data.draw(st.integers(1, len(name) - 1))
    found = GAZETTEER.find(f"kade singenamanzi e{name[:at]}{name[at + 1 :]}")
    assert found is None or found.municipality == place.municipality
    if len(name) >= 9:
        assert found is not None


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_never_fails_and_spans_fit(text: str) -> None:
    found = GAZETTEER.find(text)
    assert found is None or 0 <= found.start < found.end <= len(text)


def test_nearest() -> None:
    near = GAZETTEER.nearest(-29.131, 31.395)
    assert near is not None
    assert near.place.name == "Sundumbili"
    assert near.kilometres < 1
    assert GAZETTEER.nearest(-33.92, 18.42) is None


def test_another_region(example: Region) -> None:
    gazetteer = Gazetteer(example)
    found = gazetteer.find("imigodi eLong Acre, eThala")
    assert found is not None
    assert found.place.name == "Long Acre"
    assert gazetteer.find("eBallito") is None
    assert gazetteer.find("umqondisi") is None
