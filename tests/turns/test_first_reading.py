"""First contact by a reading: the notice's short words cost no segment, the whole one is still owed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine_client import EngineReply
from bot.replies import Writer
from crm_store.domain.region import Region
from crm_store.services.turns import ReplyToStore
from tests.messaging import Messaging, new_number
from tests.stand_ins.engine import in_language, reply

VALUES = {
    "account_number": "41006273",
    "meter_number": "WM-90321174",
    "service": "electricity",
    "reading": "02214",
    "taken_at": "2026-11-25T10:00:00+00:00",
}
USED = {"response": "utter_reading_cost", "values": {"use": 1234, "unit": "kWh", "cost": "14560"}}
MY_DATA = {"en": "MY DATA", "zu": "ULWAZI LWAMI"}


def written(writer: Writer, key: str, **values: object) -> list[ReplyToStore]:
    return writer.engine([EngineReply(key=key, values={**VALUES, **values})])


@pytest.mark.parametrize("language", ["en", "zu"])
@pytest.mark.parametrize("used", [None, USED])
def test_the_short_words_stand_beside_the_answer(
    region: Region, language: str, used: dict[str, object] | None
) -> None:
    writer = Writer("sms", language, region)
    (reply,), given = writer.with_notice(written(writer, "utter_reading_taken", used=used))
    assert (reply.segments, given) == (1, "short")
    assert all(word in reply.body for word in (MY_DATA[language], "..6273", "..1174", "02214", "25 Nov"))
    assert ("1234 kWh" in reply.body) is (used is not None)
    assert "R14" not in reply.body  # the cost comes with the next reading


@pytest.mark.parametrize("language", ["en", "zu"])
@pytest.mark.parametrize("used", [None, {**USED, "response": "utter_reading_use"}])
def test_they_stand_beside_the_readings_of_two_registers(
    region: Region, language: str, used: dict[str, object] | None
) -> None:
    writer = Writer("sms", language, region)
    both = ["02214#PEAK", "01033#OFF-PEAK"]
    (reply,), given = writer.with_notice(written(writer, "utter_registers_taken", readings=both, used=used))
    assert (reply.segments, given) == (1, "short")
    assert all(word in reply.body for word in (MY_DATA[language], "..6273", "02214 (", "01033 ("))


def test_the_short_words_come_once_and_cost_a_segment_where_there_is_no_room(region: Region) -> None:
    writer = Writer("sms", "en", region)
    answer = written(writer, "utter_reading_taken_for_review", service="electricity")
    (reply,), given = writer.with_notice(answer)
    assert (reply.segments, given) == (2, "short")
    assert writer.with_notice(answer, short_given=True) == (answer, None)


def test_a_question_about_a_reading_carries_them_too(region: Region) -> None:
    writer = Writer("sms", "en", region)
    asked = written(writer, "utter_ask_account_number")
    assert writer.with_notice(asked, of_reading=True)[1] == "short"
    assert writer.with_notice(asked)[1] == "whole"  # in another matter


def test_where_there_are_no_such_words_the_whole_notice_comes(region: Region) -> None:
    writer = Writer("whatsapp", "en", region)
    reply = written(writer, "utter_reading_taken", used=USED)
    replies, given = writer.with_notice(reply)
    assert (len(replies), given) == (2, "whole")
    silent = region.model_copy(update={"notice": region.notice.model_copy(update={"beside_reading": None})})
    assert replace(writer, channel="sms", region=silent).with_notice(reply)[1] == "whole"


def test_any_other_matter_carries_the_whole_notice(region: Region) -> None:
    writer = Writer("sms", "en", region)
    welcome = written(writer, "utter_welcome")
    assert writer.with_notice(welcome, short_given=True) == ([*welcome, writer.notice()], "whole")


def test_who_only_sends_readings_hears_the_short_words_once_and_the_whole_with_another_matter(
    messaging: Messaging,
) -> None:
    number = new_number()
    messaging.engine.otherwise = [reply("utter_reading_taken", values=VALUES)]
    for words in ("41006273 02214", "sorry 02215"):
        messaging.sms(number, words)
        messaging.work()
    first, second = messaging.messages("sms", number, "out")
    assert "MY DATA" in first.body or "ULWAZI LWAMI" in first.body
    assert second.body == first.body.split("\n")[0]
    for said in ("thanks", "query", "query"):
        understood = {**in_language("en"), "class": said}
        messaging.engine.otherwise = [reply("utter_welcome", understood=understood)]
        messaging.sms(number, f"this is {said}")
        messaging.work()
    keys = [message.response_key for message in messaging.messages("sms", number, "out")]
    assert keys[2:] == ["utter_welcome", "utter_welcome", "utter_privacy_notice", "utter_welcome"]


@pytest.mark.parametrize("language", ["en", "zu"])
@pytest.mark.parametrize(
    ("both", "used", "cost"),
    [
        (["02214#T1", "01033#T2"], "1234", "R14 560"),
        (["02214#PEAK", "01033#OFF-PEAK"], "347", "R1 334"),
        (["02214#PEAK", "01033#OFF-PEAK"], "97803", "R14 560"),
        (["02214#PEAK", "01033#OFF-PEAK", "00814#STANDARD"], "97803", None),
    ],
)
def test_what_registers_cost_is_told_where_one_segment_holds_it(
    region: Region, language: str, both: list[str], used: str, cost: str | None
) -> None:
    rand = (cost or "R14 560").removeprefix("R").replace(" ", "")
    values = {**USED, "values": {"use": used, "unit": "kWh", "cost": rand}}
    (reply,) = written(Writer("sms", language, region), "utter_registers_taken", readings=both, used=values)
    assert reply.segments == 1
    assert (cost or "kWh") in reply.body
    assert used in reply.body.replace("97 803", "97803")
