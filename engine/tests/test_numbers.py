"""Numbers in both languages: what each is, and its normalised value."""

from __future__ import annotations

import itertools
from datetime import date
from typing import List, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.components.amounts import amounts_in, decimal_of
from engine.components.months import months_in
from engine.components.numbers import find_numbers
from engine.components.phones import phones_in
from engine.components.references import references_in

TODAY = date(2026, 11, 22)


def found(text: str, known: Tuple[str, ...] = ()) -> List[Tuple[str, str]]:
    return [(one.entity, one.value) for one in find_numbers(text, TODAY, known)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("41006273 02214", [("account_number", "41006273"), ("reading", "02214")]),
        ("02214 41006273", [("reading", "02214"), ("account_number", "41006273")]),
        ("41006273-02214", [("account_number", "41006273"), ("reading", "02214")]),
        ("41006273, 02214", [("account_number", "41006273"), ("reading", "02214")]),
        ("Account 41006273. Reading 02214.", [("account_number", "41006273"), ("reading", "02214")]),
        ("i-akhawunti 41006273 imitha ithi 02214", [("account_number", "41006273"), ("reading", "02214")]),
        ("imitha ithi 5120 i-akhawunti yami 41006273", [("reading", "5120"), ("account_number", "41006273")]),
        ("acc no. 41006273", [("account_number", "41006273")]),
        ("41 006 273 is my account", [("account_number", "41006273")]),
        ("4100 6273", [("account_number", "41006273")]),
        ("meter number 04123456789 reading 88123", [("meter_number", "04123456789"), ("reading", "88123")]),
        ("AVK014522 00731", [("meter_number", "AVK014522"), ("reading", "00731")]),
        ("my water reading is 1384 kl", [("reading", "1384")]),
        ("reading 05519,48", [("reading", "05519")]),
        ("reading 00 819", [("reading", "00819")]),
        ("the dial says 0 4 4 8 1", [("reading", "04481")]),
        ("reading 00893 black and 214 red", [("reading", "00893")]),
        ("Ukufunda kwemitha: 72931", [("reading", "72931")]),
        ("water 00452 electricity 71926", [("reading", "00452"), ("reading", "71926")]),
        ("01447", [("reading", "01447")]),
        ("my ref 48217305", [("reference", "48217305")]),
        ("no water for 14 days at house 4512", []),
        ("we are 1200 people here", []),
        ("since 2019 nobody came", []),
        ("kusukela ngo-2016 sihlala lapha", []),
        ("sekuphele amasonto angu-3", []),
        ("ward 14 has 12 potholes", []),
        ("come at 10 or ngo4 ntambama", []),
        ("I am 78 years old", []),
        ("imitha isifike ku 29940", [("reading", "29940")]),
        ("inombolo emnyama ithi 00592, ebomvu angiyibhalanga", [("reading", "00592")]),
        ("ngithole u-7741 kwimitha", [("reading", "7741")]),
        ("isibalo sami si-04407", [("reading", "04407")]),
        ("iwashi lamanzi lithi 00832", [("reading", "00832")]),
        ("from 15530 to 19870 in 30 days?", [("reading", "15530"), ("reading", "19870")]),
        ("I-reading yamanzi e-1178", [("reading", "1178")]),
        ("your reader never came. How did he get 11907?", [("reading", "11907")]),
        ("Ibhokisi elibala ugesi limi ku 18250", [("reading", "18250")]),
        ("amanzi wani fo ziro thu faiv", [("reading", "14025")]),
        ("Amanzi: iqanda, iqanda, isishiyagalolunye, okubili, okune", [("reading", "00924")]),
        ("ama-units awafiki. meter 0419927341", [("meter_number", "0419927341")]),
        ("indle kwanombolo 2214", []),
        ("inzalo eR412,60 ivelaphi", [("amount", "412.60")]),
        ("ngikhokhe iR20 noR45", [("amount", "20.00"), ("amount", "45.00")]),
        ("number 008126 reward 50", [("reading", "008126")]),
        ("umgodi kwi-R102, omunye ku-R74", []),
        ("isibalo sanamuhla 7310", [("reading", "7310")]),
        ("please capture 08876", [("reading", "08876")]),
        ("the number on my meter is 91006273", [("meter_number", "91006273")]),
        ("the number on my meter is 02214", [("reading", "02214")]),
        ("my meter stands at 0600", [("reading", "0600")]),
        ("the pipe burst at 0600 this morning", []),
        ("please read my meter, I live at 5512", []),
        ("u-meter wakhe 71400926", [("meter_number", "71400926")]),
        ("inombolo yebhokisi 65020917", [("meter_number", "65020917")]),
        ("speed notice 7730915 is not mine", []),
        ("udaba lwami olungu-MLM-6184-2590", [("reference", "MLM-6184-2590")]),
        ("how does it become R614 on my levy", [("amount", "614.00")]),
        ("ngihlawuliswe u-6 000", [("amount", "6000.00")]),
        ("inzalo yama-18% yintshontsho", []),
        ("nishintshe i-meter ka-17350928", [("meter_number", "17350928")]),
        (
            "The meter on your reading sheet is 20447713. The one on my wall is 20447731.",
            [("meter_number", "20447713"), ("meter_number", "20447731")],
        ),
        ("the meter of my account is 41006273", [("account_number", "41006273")]),
        ("pole MN 0361 burns all day", []),
        ("acc 7120-3345 has interest", [("account_number", "71203345")]),
        ("meter no 620 144 8837", [("meter_number", "6201448837")]),
        ("i-meter sekuyi-2480 manje", [("reading", "2480")]),
        (
            "front meter 70118264, back cottage 70118271",
            [("meter_number", "70118264"), ("meter_number", "70118271")],
        ),
        ("naphendula nge-KDM-6642-8100", [("reference", "KDM-6642-8100")]),
        ("one said 3 500 rand, another five thousand", [("amount", "3500.00"), ("amount", "5000.00")]),
        ("ngakhipha ikhulu nama-50", [("amount", "150.00")]),
        ("two hundred houses have no bill", []),
        ("thanks a million for the refund", []),
        ("uthengisa indlu nge-25k", [("amount", "25000.00")]),
        ("form no 40221190 was sent", []),
        ("wathi uyabuya, ngu 2019 lowo", []),
        ("zone 4450 has no lights", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_accounts_meters_and_readings(text: str, expected: List[Tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("acc 22906153 is 7 740, after church", [("account_number", "22906153"), ("reading", "7740")]),
        ("0093172 as at this morning", [("reading", "0093172")]),
        ("ngibona two thousand and sixty one", [("reading", "2061")]),
        ("izinkulungwane ezimbili namakhulu amahlanu namashumi ayisithupha nanye", [("reading", "2561")]),
        ("ikhulu namashumi amabili", [("reading", "120")]),
        ("Elec 48 217 kWh, acc. 68-1150-27", [("reading", "48217"), ("account_number", "68115027")]),
        (
            "imitha yasendlini 23006914 ithi 0488, eyasesitolo 23006920 ithi 1279",
            [
                ("meter_number", "23006914"),
                ("reading", "0488"),
                ("meter_number", "23006920"),
                ("reading", "1279"),
            ],
        ),
        ("meter 70015526 reading 418", [("meter_number", "70015526"), ("reading", "418")]),
        ("acc42819605 reading3146", [("account_number", "42819605"), ("reading", "3146")]),
        (
            "eyethu ingu-2208, i-akhawunti ingu-64 803 371",
            [("reading", "2208"), ("account_number", "64803371")],
        ),
        (
            "elangaphambili 445, elangemuva 1290. i-akhawunti 51107734",
            [("reading", "445"), ("reading", "1290"), ("account_number", "51107734")],
        ),
        ("on nine hundred and twelve kilolitres", [("reading", "912")]),
        ("ngithumela izinkulungwane ezintathu", [("reading", "3000")]),
    ],
)
def test_what_a_message_that_sends_a_reading_says(text: str, expected: List[Tuple[str, str]]) -> None:
    assert [(one.entity, one.value) for one in find_numbers(text, TODAY, (), True)] == expected


def test_a_known_account_of_any_form_is_an_account() -> None:
    assert found("0512347 02214", ("0512347",)) == [("account_number", "0512347"), ("reading", "02214")]


def test_a_known_account_that_looks_like_a_phone() -> None:
    assert found("0823456789", ("0823456789",)) == [("account_number", "0823456789")]


def test_a_dispute_in_one_line() -> None:
    assert found("my bill is wrong account 41006273 you charged R4560 for july") == [
        ("account_number", "41006273"),
        ("amount", "4560.00"),
        ("month", "2026-07"),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("R4560", "4560.00"),
        ("R 4 560", "4560.00"),
        ("R4,560.50", "4560.50"),
        ("R1 240,55", "1240.55"),
        ("r350", "350.00"),
        ("u-R350 kuphela", "350.00"),
        ("ngo R50", "50.00"),
        ("4560 rand", "4560.00"),
        ("4560 rands", "4560.00"),
        ("amarandi angu-300", "300.00"),
        ("imali engu 1200", "1200.00"),
        ("R2k", "2000.00"),
        ("R2 million", "2000000.00"),
        ("ZAR 99.90", "99.90"),
        ("iR4560", "4560.00"),
        ("ngangikweleta 412 ngoMashi", "412.00"),
        ("sekuthiwa 4 120", "4120.00"),
        ("they charged me 1 240", "1240.00"),
        ("ngithenge ngo 200", "200.00"),
        ("R12 300", "12300.00"),
        ("why is there interest of 611,09", "611.09"),
        ("handed over for 8 912.44", "8912.44"),
        ("bakhiphe u500", "500.00"),
        ("ithokheni ye-50 ayingenanga", "50.00"),
        ("i-token ka 200", "200.00"),
        ("incwadi ye22 700 ifike", "22700.00"),
        ("nithatha u 150", "150.00"),
        ("she bought for 1000 yesterday", "1000.00"),
        ("cash, 50 per drum", "50.00"),
        ("my balance sits on that 1 870", "1870.00"),
    ],
)
def test_amounts(text: str, value: str) -> None:
    assert [amount.value for amount in amounts_in(text)] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "potholes on the R102",
        "the R74 is closed",
        "road 45",
        "it is 4560",
        "PR4560X",
        "emgwaqweni u-R102",
        "paid 41006273",
        "sikhokha kusukela ngo 2016",
        "paid 2023",
        "owed 300 units",
        "ukhokhe 15 Novemba",
        "bought 50 units",
        "they charged 3 houses",
        "ngikhokhe ngo10 ekuseni",
        "ngathenga ngo-2019",
        "the meter says 1240.55",
        "paid at 13 Beach Road",
        "i pay at 10.30",
        "nathatha izinsuku ezingu-15",
    ],
)
def test_not_amounts(text: str) -> None:
    assert amounts_in(text) == []


@given(
    st.integers(min_value=100, max_value=999_999).filter(lambda rand: not 1900 <= rand < 2100),
    st.sampled_from(
        ["interest of {}", "ngikweleta u-{}", "bathe angikhokhe {}", "they charged me {} for nothing"]
    ),
    st.sampled_from(["", ",05", ".99"]),
)
def test_any_sum_without_a_sign_is_found_behind_a_word_of_money(rand: int, said: str, cents: str) -> None:
    found = amounts_in(said.format(f"{rand}{cents}"))
    assert [amount.value for amount in found] == [f"{rand}{cents.replace(',', '.') or '.00'}"]


def test_where_a_reading_is_sent_money_has_a_sign() -> None:
    assert amounts_in("paid, now it is 4 120", sends_reading=True) == []
    assert [amount.value for amount in amounts_in("paid R50, it is 4 120", sends_reading=True)] == ["50.00"]


def test_from_one_sum_to_another() -> None:
    values = [amount.value for amount in amounts_in("rates went from 812 to 2,390")]
    assert values == ["812.00", "2390.00"]


@given(
    st.integers(min_value=1, max_value=9_999_999),
    st.integers(min_value=0, max_value=99),
    st.sampled_from([" ", ",", ""]),
)
def test_any_amount_survives_its_spelling(rand: int, cents: int, separator: str) -> None:
    written = f"{rand:,}".replace(",", separator) + f".{cents:02d}"
    assert decimal_of(written) == f"{rand}.{cents:02d}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("for july", "2026-07"),
        ("July's bill", "2026-07"),
        ("the bill of Dec", "2025-12"),
        ("in May", "2026-05"),
        ("december 2024", "2024-12"),
        ("07/2025", "2025-07"),
        ("2025-07", "2025-07"),
        ("last month", "2026-10"),
        ("this month's bill", "2026-11"),
        ("the month before last", "2026-09"),
        ("inyanga edlule", "2026-10"),
        ("ngenyanga edlule", "2026-10"),
        ("kule nyanga", "2026-11"),
        ("kulenyanga", "2026-11"),
        ("Januwari", "2026-01"),
        ("uJanuwari", "2026-01"),
        ("ngoJulayi", "2026-07"),
        ("ngo-Julayi", "2026-07"),
        ("ebhili kaSepthemba", "2026-09"),
        ("sikaDisemba", "2025-12"),
        ("ngoNdasa", "2026-03"),
        ("kaNtulikazi", "2026-07"),
        ("ngoZibandlela", "2025-12"),
        ("kukaMfumfu", "2026-10"),
        ("ngoNcwaba 2025", "2025-08"),
        ("novemba", "2026-11"),
    ],
)
def test_months(text: str, value: str) -> None:
    assert [month.value for month in months_in(text, TODAY)] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "may I ask",
        "what is the deposit, and may we cook inside",
        "you may come",
        "we march to the office",
        "next to the market",
        "the sun",
        "umasipala",
        "Mr Jansen",
    ],
)
def test_not_months(text: str) -> None:
    assert months_in(text, TODAY) == []


def test_last_month_in_january_is_december() -> None:
    assert months_in("last month", date(2026, 1, 3))[0].value == "2025-12"


@given(
    st.dates(min_value=date(2020, 1, 1), max_value=date(2099, 12, 31)),
    st.sampled_from(["july", "uFebhuwari", "ngoMfumfu"]),
)
def test_a_month_without_a_year_is_never_in_the_future(today: date, name: str) -> None:
    value = months_in(name, today)[0].value
    assert value <= f"{today:%Y-%m}"
    assert int(value[:4]) >= today.year - 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("082 555 0143", "+27825550143"),
        ("0735550192", "+27735550192"),
        ("+27 61 555 0109", "+27615550109"),
        ("0027825550143", "+27825550143"),
        ("27825550143", "+27825550143"),
        ("032 437 5000", "+27324375000"),
        ("ngifonele ku-0725514490", "+27725514490"),
    ],
)
def test_phones(text: str, value: str) -> None:
    assert [phone.value for phone in phones_in(text)] == [value]


@pytest.mark.parametrize(
    "written",
    [
        "KDM-4821-7305",
        "kdm 4821 7305",
        "KDM48217305",
        "MALM-1193-6602",
        "kdm-4821-73o5",
        "malmo821-7305",
        "IDM 482I 7305",
        "4821-7305",
        "NLM.4821.7305",
    ],
)
def test_references(written: str) -> None:
    assert [one.value for one in references_in(f"how far is {written} please")] == [written]


@pytest.mark.parametrize(
    "text",
    [
        *("acc 41006273", "bill 41006273", "from 41006273", "41006273", "082 555 0143", "2025-07-15"),
        *("umshwana wami 29903416", "engu 09115528", "imitha nmba 60023318", "namb 60023318"),
    ],
)
def test_not_references(text: str) -> None:
    assert references_in(text) == []


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    spans = find_numbers(text, TODAY)
    for one in spans:
        assert 0 <= one.start < one.end <= len(text)
    for first, second in itertools.pairwise(spans):
        assert first.end <= second.start


@given(
    st.from_regex(r"[1-9][0-9]{7}", fullmatch=True),
    st.from_regex(r"0[0-9]{4}", fullmatch=True),
    st.booleans(),
)
def test_account_and_reading_in_either_order(account: str, reading: str, account_first: bool) -> None:
    text = f"{account} {reading}" if account_first else f"{reading} {account}"
    assert dict(found(text)) == {"account_number": account, "reading": reading}
