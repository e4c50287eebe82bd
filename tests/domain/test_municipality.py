"""The municipality file: both shipped ones are sound, and every fault names its file, line and field."""

from pathlib import Path

import pytest

from crm_store.domain.municipality import ConfigError, Region, load_region
from crm_store.domain.region import GSM7, Name
from tests.domain.conftest import MUNICIPALITIES

CATEGORIES = (
    "water electricity streetlights sanitation refuse roads billing prepaid meter_reading housing "
    "environment safety facilities indigent staff corruption governance general"
)


def test_ilembe_is_complete(ilembe: Region) -> None:
    assert {code: m.demarcation for code, m in ilembe.municipalities.items()} == {
        "IDM": "DC29",
        "KDM": "KZN292",
        "MLM": "KZN291",
        "NLM": "KZN293",
        "MALM": "KZN294",
    }
    assert " ".join(ilembe.categories) == CATEGORIES
    assert set(ilembe.emergency.kinds) == {"live_wire", "burst_main", "sewage", "fire", "open_manhole"}
    assert {n.number for n in ilembe.emergency.national.values()} == {"112", "10177", "10111"}
    assert ilembe.account_format.matches("41006273")
    assert not ilembe.account_format.matches("4100627")
    assert [(s.at_percent, s.to) for s in ilembe.escalation] == [
        (75, "owner"),
        (100, "supervisor"),
        (150, "manager"),
        (200, "municipal_manager"),
    ]


def test_names_are_gsm7_and_in_two_languages(ilembe: Region, example: Region) -> None:
    for region in (ilembe, example):
        departments = [d.name for m in region.municipalities.values() for d in m.departments.values()]
        names = [c.name for c in region.categories.values()] + [
            m.name for m in region.municipalities.values()
        ]
        for name in departments + names:
            assert name.en != name.zu
            assert set(name.en + name.zu + (name.locative or "")) <= GSM7
        for department in departments:
            assert department.locative
        for place in region.places:
            assert set(place.name + place.locative) <= GSM7


def test_places_lie_in_their_region(ilembe: Region) -> None:
    for place in ilembe.places:
        assert -29.8 < place.latitude < -28.8
        assert 30.6 < place.longitude < 31.7


def test_name_in_language() -> None:
    name = Name(en="water", zu="amanzi")
    assert name.in_language("zu") == "amanzi"
    assert name.in_language("en") == "water"


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("letters: NGWE", "letters: ngwe", "municipalities.NGWE.letters", "pattern"),
        ("letters: NGWE", "letters: TH", "municipalities.NGWE.letters", "another municipality's"),
        ('closes: "12:00"', "closes: 12:00", "office_hours.2.closes", "quotes"),
        (
            'opens: "08:30", closes: "12:00"',
            'opens: "08:30", closes: "07:00"',
            "office_hours.2",
            "opens at 08:30 but closes at 07:00",
        ),
        ("working_days: 7", "working_days: 7, hours: 3", "service_levels.2", "exactly one"),
        ("needs_place: true", "needs_plaice: true", "categories.water.needs_plaice", "not permitted"),
        ("zu: amanzi}\n    needs", "zo: amanzi}\n    needs", "categories.water.name.zu", "required"),
        ("refer_to: pipes}", "refer_to: pipe}", "routing.0.refer_to", "no external body pipe"),
        (
            "handles: {general: office}",
            "handles: {general: ofice}",
            "municipalities.NGWE.handles.general",
            "ofice",
        ),
        ("handles: {general: office}", "handles: {water: office}", "municipalities.NGWE.handles", "general"),
        (
            "municipality: NGWE, latitude: -27.80",
            "municipality: NGVE, latitude: -27.80",
            "places.3.municipality",
            "NGVE",
        ),
        ("latitude: -27.80", "latitude: 127.80", "places.3.latitude", "less than or equal to 90"),
        ("aliases: [Talla]", "aliases: [Mqondo]", "places.1.name", "already the name of Thala"),
        ("to: manager", "to: boss", "escalation.1.to", "Input should be"),
        ("at_percent: 120", "at_percent: 60", "escalation", "rise"),
        ('regex: "[1-9][0-9]{9}"', 'regex: "[1-9"', "account_format", "does not compile"),
        ('example: "7000123456"', 'example: "12"', "account_format", "does not fit"),
        ("timezone: Africa/Johannesburg", "timezone: Africa/Stanger", "timezone", "no such time zone"),
        ("desk: {municipality: TH", "desk: {municipality: TT", "regional_desk.municipality", "TT"),
        ("to_confirm: []", "to_confirm: [municipalities.TH.fax]", "to_confirm.0", "no field"),
        ("I am Phendula, Thala's automatic", "I am Phendula — Thala's automatic", "notice", "GSM-7"),
        (
            "class: query, working_days: 1}",
            "class: query, categories: [water], working_days: 1}",
            "service_levels",
            "every other query",
        ),
        ("code: example\n", "code: example\ncode: other\n", "code", "given twice"),
    ],
)
def test_faults_are_told(tmp_path: Path, old: str, new: str, field: str, says: str) -> None:
    text = (MUNICIPALITIES / "example.yml").read_text(encoding="utf-8")
    file = tmp_path / "broken.yml"
    broken = text.replace(old, new, 1)
    file.write_text(broken, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load_region(file)
    fault = next(f for f in raised.value.faults if f.field == field)
    assert says in fault.message
    assert str(fault).startswith(f"{file}:{fault.line}: {field}: ")
    assert 1 <= fault.line <= broken.count("\n")


def test_the_line_is_the_line(tmp_path: Path) -> None:
    lines = (MUNICIPALITIES / "example.yml").read_text(encoding="utf-8").split("\n")
    at = next(n for n, line in enumerate(lines) if "name: Sihlahleni" in line)
    lines[at] = lines[at].replace("longitude: 30.95", "longitude: east")
    file = tmp_path / "broken.yml"
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"broken.yml:{at + 1}: places.4.longitude: .*valid number"):
        load_region(file)


@pytest.mark.parametrize("text", ["", "just a word", "- a\n- list", "a: [1, 2", "a: &x\n  b: *y", "\x00"])
def test_what_is_no_region_at_all(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"broken.yml:\d+: "):
        load_region(file)
