"""Readings of a meter with two registers, as people send them in both languages."""

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

_ACCOUNTS = itertools.count(60_000_000 + int(time.time()) % 1_000_000 * 37)
Bill = Callable[..., str]


@pytest.fixture
def bill(phones: Phones, tmp_path: Path) -> Bill:
    """Billing sends a new account with a meter: its registers (W: none) with their last readings."""

    def send(
        *, phone: str = "", account: str = "", service: str = "electricity", **last_readings: int
    ) -> str:
        account = account or str(next(_ACCOUNTS))
        today = datetime.now(UTC).date()
        before = today - timedelta(days=30)
        usual = 20 if service == "water" else 200
        meter = f"{account},KDM,{service},{service[0].upper()}M{account}"
        rows = [
            f"{meter},5,{last},{before},{usual},,{phone},{today.day},,{'' if register == 'W' else register}"
            for register, last in last_readings.items()
        ]
        file = tmp_path / f"{account}-{service}.csv"
        file.write_text("\n".join([f"{COLUMNS},register", *rows]) + "\n")
        done = phones.system.command("account", "import", str(file))
        assert done.returncode == 0, done.stdout + done.stderr
        return account

    return send


def standing(chat: Chat) -> list[str]:
    """The digits that stand, as they came."""
    return sorted(one["digits"] for one in chat.readings() if one["state"] != "superseded")


@pytest.mark.parametrize("channel", CHANNELS)
def test_both_registers_in_one_message(phones: Phones, bill: Bill, channel: str) -> None:
    account = bill(T1=2000, T2=900)
    chat = phones.on(channel)
    chat.says(f"account {account} meter reading T1 02214 T2 01033")
    chat.hears(f"..{account[-4:]}", "02214 (T1), 01033 (T2)", "midnight")
    assert standing(chat) == ["01033", "02214"]


def test_day_and_night_in_isizulu_are_one_segment(phones: Phones, bill: Bill) -> None:
    chat = phones.sms()
    bill(phone=chat.address, DAY=2000, NIGHT=900)
    chat.says("sawubona ngicela usizo")
    chat.says("emini 2214 ebusuku 1033", expect=1)
    heard = chat.hears("02214 (emini), 01033 (ebusuku)", "Usebenzise 347 kWh")
    assert heard.segments == 1
    assert standing(chat) == ["1033", "2214"]


def test_bare_numbers_in_either_order(phones: Phones, bill: Bill) -> None:
    account = bill(T1=2000, T2=900)
    chat = phones.sms()
    chat.says(f"{account} 01033 02214")
    chat.hears("01033 (T2), 02214 (T1)")


def test_what_fits_both_is_one_question(phones: Phones, bill: Bill) -> None:
    account = bill(PEAK=2000, OFFPEAK=2010)
    chat = phones.sms()
    chat.says(f"account {account} readings 02214 and 02222")
    chat.hears("several readings. Which one is 02214?", "off-peak", "peak")
    chat.says("off peak")
    chat.hears("02214 (off-peak), 02222 (peak)")
    assert standing(chat) == ["02214", "02222"]


def test_the_question_in_isizulu_by_its_number(phones: Phones, bill: Bill) -> None:
    account = bill(DAY=2000, NIGHT=2010)
    chat = phones.sms()
    chat.says(f"i-akhawunti {account} imitha ithi 02214")
    chat.hears("U-02214 yisiphi kuzo?", "1 emini 2 ebusuku")
    chat.says("2")
    chat.hears("02214 (ebusuku)", "Sicela nokusele: emini")
    chat.says("emini 02199")
    chat.hears("02199 (emini)")
    assert standing(chat) == ["02199", "02214"]


def test_one_is_corrected_and_one_doubted(phones: Phones, bill: Bill) -> None:
    account = bill(T1=2000, T2=900)
    chat = phones.sms()
    chat.says(f"{account} T1 02214 T2 01033")
    chat.says("sorry, T2 is 01040")
    chat.hears("Corrected", "01040 (T2)")
    assert standing(chat) == ["01040", "02214"]
    chat.says("sorry I meant T1 08214")
    chat.hears("08214 (T1) is much more than we expect")
    chat.says("02241")
    chat.hears("Corrected", "02241 (T1)")
    assert standing(chat) == ["01040", "02241"]


def test_an_account_without_readings_is_asked_for_all(phones: Phones, bill: Bill) -> None:
    account = bill(T1=2000, T2=900)
    chat = phones.whatsapp()
    chat.says(f"I want to send the meter reading of account {account}")
    chat.hears("several readings (T1, T2)")
    chat.says("T1 02214 T2 01033")
    chat.hears("02214 (T1), 01033 (T2)")
    assert standing(chat) == ["01033", "02214"]


def test_water_and_both_registers_with_one_doubt(phones: Phones, bill: Bill) -> None:
    account = bill(T1=2000, T2=900)
    bill(account=account, service="water", W=300)
    chat = phones.sms()
    chat.says(f"account {account} T1 09214 T2 01033 water 00320")
    chat.hears("09214 (T1) is much more than we expect")
    chat.says("T1 02214 T2 01034")
    chat.hears("electricity: 02214 (T1)", "electricity: 01034 (T2)", "water: 00320")
    assert standing(chat) == ["00320", "01034", "02214"]


def test_an_account_with_water_too_is_asked_for_no_registers(phones: Phones, bill: Bill) -> None:
    account = bill(DAY=2000, NIGHT=900)
    bill(account=account, service="water", W=300)
    chat = phones.sms()
    chat.says(f"I want to send the meter reading of account {account}")
    assert "several readings" not in chat.hears("What does the meter show?").text
    chat.says("day 02214 night 01033")
    chat.hears("02214 (day), 01033 (night)")


def test_readings_before_their_account(phones: Phones, bill: Bill) -> None:
    account = bill(T1=2000, T2=900)
    chat = phones.sms()
    chat.says("my meter readings are T1 02214 T2 01033")
    chat.says(account)
    chat.hears("02214 (T1), 01033 (T2)")


def test_my_readings_name_the_registers(phones: Phones, bill: Bill) -> None:
    chat = phones.sms()
    bill(phone=chat.address, DAY=2000, NIGHT=900)
    chat.says("my readings")
    chat.hears("02000 (day)", "00900 (night)")


@pytest.mark.parametrize(
    ("first", "asked", "then"),
    [
        ("{account} T1 02214 T1 02215", "You sent 02214 and 02215 (T1).", "02215"),
        (
            "i-akhawunti {account} imitha ithi T1 02214 T1 02215",
            "Uthumele u-02214 no-02215 (T1).",
            "ngu 02215",
        ),
    ],
)
def test_two_numbers_for_one_register_are_asked_about(
    phones: Phones, bill: Bill, first: str, asked: str, then: str
) -> None:
    account = bill(T1=2000, T2=900)
    chat = phones.sms()
    chat.says("my meter reading, please" if "You" in asked else "sawubona ngicela usizo")
    chat.says(first.format(account=account))
    chat.hears(asked)
    assert standing(chat) == []
    chat.says(then)
    chat.hears("02215 (T1)")
    assert standing(chat) == ["02215"]


def test_too_many_digits_for_every_register_are_told_at_once(phones: Phones, bill: Bill) -> None:
    account = bill(T1=2000, T2=2010)
    chat = phones.sms()
    chat.says(f"meter reading 0221456 account {account}")
    chat.hears("5 black digits; you sent 7")
    chat.says("T1 02214 T2 02222")
    chat.hears("02214 (T1), 02222 (T2)")


def test_what_peak_and_off_peak_cost_is_told_in_one_segment(phones: Phones, bill: Bill) -> None:
    chat = phones.sms()
    bill(phone=chat.address, PEAK=2000, OFFPEAK=900)
    chat.says("hello")
    chat.says("peak 02214 off peak 01033", expect=1)
    assert chat.hears("02214 (peak), 01033 (off-peak)", "Used 347 kWh, about R1 334").segments == 1


@pytest.mark.parametrize(
    ("caption", "words"),
    [
        ("acc {account} T1 02214 T2 01033", "02214 (T1), 01033 (T2)"),
        ("i-akhawunti {account} T1 02214 T2 01033", "02214 (T1), 01033 (T2)"),
    ],
)
def test_a_picture_of_both_registers_is_kept_beside_a_reading(
    phones: Phones, bill: Bill, caption: str, words: str
) -> None:
    account = bill(T1=2000, T2=900)
    chat = phones.whatsapp()
    chat.sends_photo(a_photo(), caption.format(account=account))
    chat.hears(f"..{account[-4:]}", words)
    assert linked_photo(chat)["reading_id"] in {reading["id"] for reading in chat.readings()}


def test_a_picture_of_a_meter_with_registers_and_no_words_asks_for_both(phones: Phones, bill: Bill) -> None:
    account = bill(DAY=2000, NIGHT=900)
    chat = phones.whatsapp()
    chat.says(f"ngifuna ukuthumela ukufundwa kwemitha {account}")
    chat.hears("Le mitha inezibalo eziningana (emini, ebusuku)")
    chat.sends_photo(a_photo())
    chat.hears("isithombe sifikile")
    assert chat.state()["asking"] == "reading"
    chat.says("emini 02214 ebusuku 01033")
    chat.hears("02214 (emini), 01033 (ebusuku)")
    assert linked_photo(chat)["reading_id"] in {reading["id"] for reading in chat.readings()}
