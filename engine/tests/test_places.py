"""Places as people write them; the gazetteer is `region.yml` beside this file."""

from __future__ import annotations

from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.components.gazetteer import Gazetteer, gazetteer
from engine.components.persons import find_persons
from engine.components.places import find_places


@pytest.mark.parametrize(
    ("text", "value", "place"),
    [
        ("Awekho amanzi eSundumbili kusukela izolo", "eSundumbili", "Sundumbili"),
        ("sihlala waseSundumbili", "waseSundumbili", "Sundumbili"),
        ("no water in sundumbili", "sundumbili", "Sundumbili"),
        ("no water sundumbile since monday", "sundumbile", "Sundumbili"),
        ("power out in Grootvile", "Grootvile", "Groutville"),
        ("abantu basoZwathini", "basoZwathini", "Ozwathini"),
        ("ifektri eSithebe iyanuka", "eSithebe", "Isithebe"),
        ("e-Tete akunamanzi", "e-Tete", "Etete"),
        ("kwaDukuza", "kwaDukuza", "KwaDukuza"),
        ("kwa Dukuza", "kwa Dukuza", "KwaDukuza"),
        ("STANGER", "STANGER", "KwaDukuza"),
        ("ku-Ballito", "ku-Ballito", "Ballito"),
        ("salt rock beach is dirty", "salt rock", "Salt Rock"),
        ("eSaltrock", "eSaltrock", "Salt Rock"),
        (
            "robots not working corner king shaka and hulett stanger",
            "corner king shaka and hulett stanger",
            "KwaDukuza",
        ),
        ("leak next to the clinic, Shakaville", "next to the clinic, Shakaville", "Shakaville"),
        ("ipayipi liqhumile eduze kwesikole eGroutville", "eduze kwesikole eGroutville", "Groutville"),
        ("pothole in Gandhi Road", "Gandhi Road", None),
        ("12 Mahatma Street is flooded", "12 Mahatma Street", None),
        ("streetlights off in ward 14", "ward 14", None),
        ("amalambu awakhanyi ku-ward 14", "ku-ward 14", None),
        ("sihlala kuwadi 14", "kuwadi 14", None),
        ("opposite the taxi rank", "opposite the taxi rank", None),
        ("eceleni kwesonto", "eceleni kwesonto", None),
        ("ngasesikoleni", "ngasesikoleni", None),
        ("cnr Cato and Balcomb Street", "cnr Cato and Balcomb Street", None),
        ("pothole on the R102", "R102", None),
        ("umgodi eR74", "eR74", None),
        ("umhlangano wakwaward 16", "wakwaward 16", None),
        ("sihlala ewadini 4", "ewadini 4", None),
        ("sishonelwe yipayipi eMpungeni", "eMpungeni", None),
        ("Uphahla lwehholo lakwaSibisi luphephukile", "lakwaSibisi", None),
    ],
    ids=lambda value: value or "",
)
def test_places(text: str, value: str, place: Optional[str]) -> None:
    found = find_places(text, gazetteer())
    assert [(one.value, one.place) for one in found] == [(value, place)]
    assert text[found[0].start : found[0].end] == value


@pytest.mark.parametrize(
    "text",
    [
        "do not talk to strangers, stranger",
        "my bill is too high",
        "at the end of the month",
        "it is outside my gate",
        "ngemva kwesikhathi eside",
        "you charged R800 by mistake",
        "ngiyabonga kakhulu",
        "sicela usizo bakithi",
        "wangithethisa phambi kwabantu",
        "akwenziwa lutho ngaphandle kwezithembiso",
    ],
)
def test_no_place(text: str) -> None:
    assert find_places(text, gazetteer()) == []


def test_an_empty_gazetteer_finds_nothing() -> None:
    assert Gazetteer([]).find("eSundumbili") == []


@given(
    st.sampled_from(["Sundumbili", "Groutville", "Shakaville", "KwaDukuza"]),
    st.integers(min_value=2, max_value=8),
)
def test_a_letter_left_out_is_forgiven(name: str, at: int) -> None:
    assert [match.name for match in gazetteer().find("at " + name[:at] + name[at + 1 :])] == [name]


@given(st.text(max_size=200))
def test_any_text_is_searched(text: str) -> None:
    for one in find_places(text, gazetteer()):
        assert text[one.start : one.end] == one.value


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Siyabonga ku-Thabo wakwa-electricity, ulungise masinya", "Thabo"),
        ("please thank Mr Dlamini for me", "Mr Dlamini"),
        ("uNkosazana Mkhize wangisiza kahle", "Nkosazana Mkhize"),
        ("mam' Zungu usebenze kahle", "mam' Zungu"),
        ("mr dlamini was so helpful", "mr dlamini"),
        ("thank you Sipho Ngcobo", "Sipho Ngcobo"),
        ("Thobile at the desk is a star", "Thobile"),
        ("the clerk named Gcaba helped me", "Gcaba"),
        ("your driver Petrus drinks on duty", "Petrus"),
        ("clerk Mrs van der Merwe", "Mrs van der Merwe"),
        ("umsebenzi ogama lakhe nguLindiwe", "Lindiwe"),
        ("ikhansela Ngema alibambi ucingo", "khansela Ngema"),
        ("Sgt Nxumalo asked for money", "Sgt Nxumalo"),
        ("USandile wakwagesi ufike ngo-10 ebusuku", "Sandile"),
    ],
)
def test_persons(text: str, person: str) -> None:
    assert [one.value for one in find_persons(text)] == [person]


@pytest.mark.parametrize(
    "text",
    [
        "thank you Eskom",
        "Siyabonga Masipala",
        "ngiyabonga ngoMgqibelo",
        "umsebenzi omuhle",
        "SIYABONGA KUMASIPALA",
        "the councillor has not come",
        "kuBallito akunamanzi",
        "uHulumeni makasisize",
        "Ngibonga uMnyango wamanzi",
        "umfana wami u-Grade 9",
        "UMasipala wethu uyalala",
    ],
)
def test_no_person(text: str) -> None:
    assert find_persons(text) == []
