"""Meter readings by message, on all three channels and in both languages."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conversations.chat import CHANNELS, Chat, Phones
from tests.conversations.conftest import COLUMNS
from tests.conversations.photos import a_photo, linked_photo

_ACCOUNTS = itertools.count(50_000_000 + int(time.time()) % 1_000_000 * 37)
Bill = Callable[..., str]


@pytest.fixture
def bill(phones: Phones, tmp_path: Path) -> Bill:
    """Billing sends a new account: its services with their last reading; a month ago, read today."""

    def send(*, phone: str = "", **last_readings: int) -> str:
        account = str(next(_ACCOUNTS))
        today = datetime.now(UTC).date()
        rows = [
            f"{account},KDM,{service},{service[0].upper()}M{account},5,{last},{today - timedelta(days=30)},"
            f"{20 if service == 'water' else 400},,{phone},{today.day},"
            for service, last in last_readings.items()
        ]
        file = tmp_path / f"{account}.csv"
        file.write_text("\n".join([COLUMNS, *rows]) + "\n")
        done = phones.system.command("account", "import", str(file))
        assert done.returncode == 0, done.stdout + done.stderr
        return account

    return send


def taken(chat: Chat) -> list[tuple[str, str]]:
    """Digits and state of the readings that stand."""
    return [(r["digits"], r["state"]) for r in chat.readings() if r["state"] != "superseded"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_both_services_in_one_message(phones: Phones, bill: Bill, channel: str) -> None:
    account = bill(water=2196, electricity=45_000)
    chat = phones.on(channel)
    chat.says(f"water 02214 elec 45400 acc {account}")
    chat.hears("02214", "45400", "midnight")
    assert sorted(taken(chat)) == [("02214", "accepted"), ("45400", "accepted")]


@pytest.mark.parametrize("channel", CHANNELS)
def test_both_services_in_isizulu(phones: Phones, bill: Bill, channel: str) -> None:
    account = bill(water=2196, electricity=45_000)
    chat = phones.on(channel)
    chat.says(f"amanzi 02214 ugesi 45400 i-akhawunti {account}")
    chat.hears("(amanzi) 02214", "(ugesi) 45400")
    assert len(taken(chat)) == 2


def test_a_linked_phone_hears_its_use_and_cost_in_one_segment_and_another_does_not(
    phones: Phones, bill: Bill
) -> None:
    mine, other = phones.sms(), phones.sms()
    account = bill(phone=mine.address, water=2196)
    mine.says("HELP")
    mine.says("02214", expect=1)
    heard = mine.hears(f"..{account[-4:]}", "02214", "Used 18 kl, about R")
    assert heard.segments == 1
    other.says("HELP")
    other.says(f"{account} 02215", expect=1)
    assert "Used" not in other.hears("02215").text


def test_isizulu_answer_in_one_segment(phones: Phones, bill: Bill) -> None:
    chat = phones.sms()
    bill(phone=chat.address, water=2196)
    chat.says("sawubona ngicela usizo")
    chat.says("imitha yamanzi ithi 02214", expect=1)
    assert chat.hears("02214", "Usebenzise 18 kl, cishe u-R").segments == 1


@pytest.mark.parametrize(
    ("first", "then", "words"),
    [
        ("reading {account} 02241", "sorry I meant 02214", "Corrected"),
        ("imitha ithi 02241 i-akhawunti {account}", "ngiphutha, ngu 02214", "Kulungisiwe"),
    ],
)
def test_a_correction_replaces_todays_reading(
    phones: Phones, bill: Bill, first: str, then: str, words: str
) -> None:
    account = bill(water=2196)
    chat = phones.sms()
    chat.says(first.format(account=account))
    chat.says(then)
    chat.hears(words, "02214")
    assert taken(chat) == [("02214", "accepted")]


def test_what_looks_wrong_is_asked_back_once_and_yes_insists(phones: Phones, bill: Bill) -> None:
    account = bill(water=2196)
    chat = phones.sms()
    chat.says(f"my meter reading is 02914 account {account}")
    heard = chat.hears("02914 is much more than we expect", "1 It is right 2 New meter")
    assert "718" not in heard.text  # use is told to linked phones only
    chat.says("1")
    chat.hears("A person will check it")
    assert taken(chat) == [("02914", "flagged")]


def test_other_digits_after_the_doubt_are_the_reading(phones: Phones, bill: Bill) -> None:
    account = bill(water=2196)
    chat = phones.whatsapp()
    chat.says(f"i-akhawunti {account} imitha ithi 02114")
    chat.hears("singaphansi kwesokugcina", "2 Imitha entsha")
    chat.says("02214")
    chat.hears("Siyabonga", "02214")
    assert taken(chat) == [("02214", "accepted")]


def test_a_new_meter_becomes_a_case_for_a_person(phones: Phones, bill: Bill) -> None:
    account = bill(water=2196)
    chat = phones.sms()
    chat.says(f"account {account} meter reading 00014")
    chat.hears("lower than the last reading")
    chat.says("2")
    chat.hears("new meter", "KDM-")
    case = chat.only_case()
    assert (case["category"], case["account_number"], case["reading"]) == ("meter_reading", account, "00014")
    assert chat.state()["asking"] is None


def test_one_taken_and_one_doubted_in_one_message(phones: Phones, bill: Bill) -> None:
    account = bill(water=2196, electricity=45_000)
    chat = phones.sms()
    chat.says(f"{account} water 02214 electricity 44000")
    chat.hears("02214", "44000 is lower than the last reading")
    chat.says("45400")
    chat.hears("45400")
    assert sorted(taken(chat)) == [("02214", "accepted"), ("45400", "accepted")]


def test_a_reading_alone_offers_ones_own_meters(phones: Phones, bill: Bill) -> None:
    chat = phones.sms()
    first = bill(phone=chat.address, water=2196)
    second = bill(phone=chat.address, water=2190)
    chat.says("my reading is 02214")
    chat.hears(f"1 ..{first[-4:]} water", f"2 ..{second[-4:]} water")
    chat.says("2")
    chat.hears(f"..{second[-4:]}", "02214")
    assert taken(chat) == [("02214", "accepted")]


@pytest.mark.parametrize(
    ("answer", "then"),
    [("water 02214", "02214"), ("amanzi", "asked"), ("imitha yamanzi ithi 02214", "02214")],
)
def test_which_meter_may_be_answered_by_its_service_and_with_other_digits(
    phones: Phones, bill: Bill, answer: str, then: str
) -> None:
    chat = phones.sms()
    account = bill(phone=chat.address, water=2196)
    bill(phone=chat.address, electricity=45_000)
    chat.says("my reading is 01214")
    chat.hears("1 ..", "2 ..")
    chat.says(answer)
    if then == "asked":
        chat.hears("01214")
        assert chat.state()["asking"] == "reading_again"  # below the last, of the water meter
        chat.says("02214")
    chat.hears(f"..{account[-4:]}", "02214")
    assert taken(chat) == [("02214", "accepted")]


def test_the_same_as_last_month_is_taken_only_after_a_yes(phones: Phones, bill: Bill) -> None:
    chat = phones.sms()
    bill(phone=chat.address, water=2196)
    chat.says("ukufunda kwemitha okufanayo nenyanga edlule")
    chat.hears("isakhombisa isibalo esifana nesokugcina")
    assert taken(chat) == []
    chat.says("yebo")
    chat.hears("02196", "Akusetshenziswanga lutho")
    assert len(taken(chat)) == 1


def test_the_same_may_be_said_when_the_digits_are_asked_for(phones: Phones, bill: Bill) -> None:
    chat = phones.sms()
    account = bill(phone=chat.address, water=2196)
    chat.says(f"I want to send my reading {account}")
    chat.hears("What does the meter show?")
    chat.says("it is the same as last month")
    chat.hears("exactly the same as at the last reading")
    chat.says("yes")
    chat.hears("02196")
    assert len(taken(chat)) == 1


def test_the_same_is_kept_while_one_of_two_meters_is_chosen(phones: Phones, bill: Bill) -> None:
    chat = phones.sms()
    bill(phone=chat.address, water=2196)
    bill(phone=chat.address, water=310)
    chat.says("ukufunda kwemitha okufanayo nenyanga edlule")
    chat.hears("1 ..", "2 ..")
    chat.says("2")
    chat.hears("isakhombisa isibalo esifana nesokugcina")


def test_goodbye_in_the_middle_ends_it_and_keeps_nothing_half(phones: Phones, bill: Bill) -> None:
    account = bill(water=2196)
    chat = phones.sms()
    chat.says(f"ngifuna ukuthumela ukufundwa kwemitha {account}")
    chat.hears("Imitha ikhombisa siphi isibalo?")
    chat.says("salani kahle")
    chat.hears("Usale kahle", "akuthunyelwanga")
    assert (taken(chat), chat.cases()) == ([], [])
    chat.says("no water in Groutville")
    chat.hears("Reported: water, Groutville")


def test_who_is_not_linked_is_asked_for_the_digits(phones: Phones, bill: Bill) -> None:
    account = bill(water=2196)
    chat = phones.sms()
    chat.says(f"meter reading {account} same as last month")
    assert "02196" not in chat.hears("We need the digits").text
    chat.says("I said same as last month")
    assert "02196" not in chat.hears("We need the digits").text
    chat.says("02214")
    chat.hears("02214", "midnight")


def test_too_many_digits_and_then_the_right_ones(phones: Phones, bill: Bill) -> None:
    account = bill(water=2196)
    chat = phones.telegram()
    chat.says(f"acc {account} reading 022145")
    chat.hears("5 black digits; you sent 6")
    chat.says("02214")
    chat.hears("02214", "midnight")


def test_red_digits_are_dropped_with_a_word(phones: Phones, bill: Bill) -> None:
    account = bill(water=2196)
    chat = phones.sms()
    chat.says(f"acc {account} reading 02214,567")
    chat.hears("02214", "Only black digits count")


def test_a_meter_number_will_do_and_an_account_of_two_services_is_asked_about(
    phones: Phones, bill: Bill
) -> None:
    account = bill(water=2196, electricity=2200)
    chat = phones.sms()
    chat.says(f"meter WM{account} reading 02214")
    chat.hears("water meter", "02214")
    chat.says(f"acc {account} reading 90000")
    chat.hears("1 Water 2 Electricity")
    chat.says("2")
    chat.hears("90000", "more than we expect")


def test_a_reading_within_a_complaint_is_offered_not_taken(phones: Phones, bill: Bill) -> None:
    account = bill(water=2196)
    chat = phones.sms()
    chat.says(f"There is no water in Sundumbili since Monday. My account is {account}, the meter reads 02214")
    chat.hears("IDM-", "You also sent a meter reading")
    assert taken(chat) == []
    chat.says("1")
    chat.hears(f"..{account[-4:]}", "02214")
    assert len(taken(chat)) == 1


@pytest.mark.parametrize("text", ["same as last month", "siyafana nesangenyanga edlule"])
def test_the_same_as_last_month_said_alone_is_a_reading_and_no_case(phones: Phones, text: str) -> None:
    chat = phones.sms()
    chat.says(text)
    assert (chat.state()["asking"], chat.cases()) == ("account_number", [])


@pytest.mark.parametrize("caption", ["acc {account} 02214", "i-akhawunti {account} imitha ithi 02214"])
def test_a_photo_of_the_meter_with_its_reading_below_is_taken_and_kept_beside_it(
    phones: Phones, bill: Bill, caption: str
) -> None:
    account = bill(water=2196)
    chat = phones.whatsapp()
    chat.sends_photo(a_photo(), caption.format(account=account))
    chat.hears(f"..{account[-4:]}", "02214")
    (reading,) = chat.readings()
    assert linked_photo(chat)["reading_id"] == reading["id"]


def test_a_photo_alone_and_then_the_reading(phones: Phones, bill: Bill) -> None:
    account = bill(water=2196)
    chat = phones.whatsapp()
    chat.says(f"ngifuna ukuthumela ukufundwa kwemitha {account}")
    chat.sends_photo(a_photo())
    chat.hears("Siyabonga")
    assert chat.state()["asking"] == "reading"
    chat.says("02214")
    chat.hears(f"..{account[-4:]}", "02214")
    (reading,) = chat.readings()
    assert linked_photo(chat)["reading_id"] == reading["id"]


def test_another_phone_corrects_the_reading_and_each_hears_what_is_true_for_it(
    phones: Phones, bill: Bill
) -> None:
    account = bill(water=2196)
    first, second = phones.sms(), phones.sms()
    first.says(f"{account} 02241")
    first.hears("02241")
    second.says(f"i-akhawunti {account} imitha ithi 02214")
    heard = second.hears("02214", "Umuntu uzosihlola")
    assert "Kulungisiwe" not in heard.text
    assert "02241" not in heard.text
    assert (taken(first), taken(second)) == ([], [("02214", "flagged")])
    assert first.notices() == [("reading_replaced", "02241")]
    first.says("sorry I meant 02242")
    first.hears("02242")
    assert taken(first) == [("02242", "flagged")]


def test_the_holders_phone_needs_nobody_to_compare(phones: Phones, bill: Bill) -> None:
    other, mine = phones.sms(), phones.sms()
    account = bill(phone=mine.address, water=2196)
    other.says(f"{account} 02241")
    mine.says("my meter reading is 02214")
    heard = mine.hears("Thank you", "02214", "Used: 18 kl")
    assert "Corrected" not in heard.text
    assert taken(mine) == [("02214", "accepted")]


def test_a_complaint_while_the_digits_are_asked_for_is_logged_and_its_reading_offered(
    phones: Phones, bill: Bill
) -> None:
    account = bill(water=2196)
    chat = phones.sms()
    chat.says(f"I want to send my reading account {account}")
    chat.hears("What does the meter show?")
    chat.says(
        f"There is no water in Groutville since Monday, our taps are dry. Meter 02214 account {account}"
    )
    chat.hears("Reported: water, Groutville", "You also sent a meter reading")
    assert taken(chat) == []
    chat.says("1")
    chat.hears(f"..{account[-4:]}", "02214")


def test_a_report_of_a_place_is_no_account_number(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("my reading is 2214")
    chat.hears("What is your account number?")
    chat.says("Robots are broken in Stanger")
    chat.hears("Reported: roads, KwaDukuza")
    other = phones.whatsapp()
    other.says("ngifuna ukuthumela ukufundwa kwemitha")
    other.hears("Ithini inombolo ye-akhawunti yakho?")
    other.says("Amarobhothi awasebenzi eStanger kusukela izolo")
    other.hears("Sesibikele uMnyango Wemigwaqo")


def test_another_account_may_be_named_while_the_digits_of_one_are_asked_for(
    phones: Phones, bill: Bill
) -> None:
    first, second = bill(water=2196), bill(electricity=45_000)
    chat = phones.telegram()
    chat.says(f"ngifuna ukuthumela ukufundwa kwemitha {first}")
    chat.hears("Imitha ikhombisa siphi isibalo?")
    chat.says(f"{second} 45400")
    chat.hears(f"..{second[-4:]}", "(ugesi)", "45400")
    assert taken(chat) == [("45400", "accepted")]


def test_both_services_may_answer_what_one_meter_shows(phones: Phones, bill: Bill) -> None:
    account = bill(water=2196, electricity=45_000)
    chat = phones.whatsapp()
    chat.says(f"I want to send my reading account {account}")
    chat.says("water 02214 elec 45400")
    chat.hears("water: 02214", "electricity: 45400")
    assert len(taken(chat)) == 2


def test_a_wrong_number_of_digits_is_not_kept_for_the_next_answer(phones: Phones, bill: Bill) -> None:
    account = bill(water=2196)
    chat = phones.sms()
    chat.says(f"acc {account} reading 0221453")
    chat.hears("you sent 7")
    chat.says(f"account {account} reading 02214534")
    chat.hears("you sent 8")


def test_digits_tell_no_language_and_the_first_words_do(phones: Phones, bill: Bill) -> None:
    account = bill(water=2196)
    chat = phones.sms()
    chat.says("02214")
    chat.hears("Ithini inombolo ye-akhawunti yakho?")
    chat.says("asdf qwer")
    chat.hears("Ithini inombolo ye-akhawunti yakho?")
    assert chat.state()["language"] is None
    chat.says("thanks")
    chat.hears("What is your account number?")
    chat.says(account)
    chat.hears("Thank you. Account")
