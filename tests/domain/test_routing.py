"""The routing table: category and place decide who keeps a case and to whom it is referred."""

import pytest

from crm_store.domain.municipality import Region
from crm_store.domain.routing import Route, emergency_number, route


@pytest.mark.parametrize(
    ("category", "place", "expected"),
    [
        ("water", "Sundumbili", Route("IDM", "water")),
        ("water", "Ndwedwe", Route("IDM", "water")),
        ("water", "Ballito", Route("IDM", "water", "siza_water")),
        ("sanitation", "Salt Rock", Route("IDM", "sanitation", "siza_water")),
        ("sanitation", "Umhlali", Route("IDM", "sanitation", "siza_water")),
        ("sanitation", "Maphumulo", Route("IDM", "sanitation")),
        ("electricity", "KwaDukuza", Route("KDM", "electricity")),
        ("electricity", "Ballito", Route("KDM", "electricity")),
        ("electricity", "Mandeni", Route("MLM", "electricity")),
        ("electricity", "Ndwedwe", Route("NLM", "technical", "eskom")),
        ("prepaid", "Maphumulo", Route("MALM", "technical", "eskom")),
        ("streetlights", "Ndwedwe", Route("NLM", "technical")),
        ("roads", "KwaDukuza", Route("KDM", "roads")),
        ("refuse", "Isithebe", Route("MLM", "refuse")),
        ("facilities", "Otimati", Route("MALM", "community")),
        ("housing", "Montebello", Route("NLM", "housing")),
        ("corruption", "Ballito", Route("KDM", "municipal_manager")),
        ("made_up", "Ballito", Route("KDM", "customer_care")),
    ],
)
def test_by_category_and_place(ilembe: Region, category: str, place: str, expected: Route) -> None:
    assert route(ilembe, category, None, ilembe.place_named(place)) == expected


@pytest.mark.parametrize(
    ("category", "municipality", "expected"),
    [
        ("water", None, Route("IDM", "water")),
        ("roads", None, Route("IDM", "customer_care")),
        ("electricity", None, Route("IDM", "customer_care")),
        ("electricity", "MALM", Route("MALM", "technical", "eskom")),
        ("billing", "KDM", Route("KDM", "finance")),
        ("billing", "IDM", Route("IDM", "finance")),
        ("billing", "XXX", Route("IDM", "customer_care")),
    ],
)
def test_without_a_place(ilembe: Region, category: str, municipality: str | None, expected: Route) -> None:
    assert route(ilembe, category, municipality) == expected


@pytest.mark.parametrize(
    ("text", "referred_to"),
    [
        ("potholes on the R102 near Shakaskraal", "kzn_transport"),
        ("imigodi ku-R74", "kzn_transport"),
        ("umgwaqo uR 102", "kzn_transport"),
        ("eN2 kunengozi", "sanral"),
        ("kwi-N2 offramp", "sanral"),
        ("pothole R1020 damage", None),
        ("pothole in Hulett street", None),
    ],
)
def test_roads_of_others_are_referred_on(ilembe: Region, text: str, referred_to: str | None) -> None:
    found = route(ilembe, "roads", "KDM", text=text)
    assert found == Route("KDM", "roads", referred_to)


def test_a_roads_name_decides_nothing_else(ilembe: Region) -> None:
    assert route(ilembe, "refuse", "KDM", text="dumping along the R102").referred_to is None


def test_every_category_has_somebody_everywhere(ilembe: Region, example: Region) -> None:
    for region in (ilembe, example):
        for category in region.categories:
            for place in (*region.places, None):
                found = route(region, category, None, place)
                assert region.department(found.municipality, found.department)
                assert found.referred_to is None or found.referred_to in region.externals


def test_another_region(example: Region) -> None:
    assert route(example, "water", None, example.place_named("Long Acre")) == Route("TH", "works", "pipes")
    assert route(example, "water", "NGWE") == Route("NGWE", "office")
    assert route(example, "billing", "NGWE") == Route("TH", "money")
    assert route(example, "roads", None, text="the Q7") == Route("TH", "help", "provincial_roads")


@pytest.mark.parametrize(
    ("kind", "place", "number"),
    [
        ("live_wire", "KwaDukuza", "032 437 5000"),
        ("live_wire", "Ndwedwe", "086 003 7566"),
        ("burst_main", "Sundumbili", "032 437 9371"),
        ("burst_main", "Ballito", "032 946 7200"),
        ("fire", "Mandeni", "10177"),
        ("live_wire", None, "112"),
        ("flood", None, "112"),
    ],
)
def test_emergency_numbers(ilembe: Region, kind: str, place: str | None, number: str) -> None:
    found = ilembe.place_named(place) if place else None
    assert emergency_number(ilembe, kind, None, found).number == number
