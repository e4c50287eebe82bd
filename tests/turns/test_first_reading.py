"""First contact by a reading: the notice's short words cost no segment, the whole one is still owed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine_client import EngineReply
from bot.replies import Writer
from crm_store.domain.region import Region

VALUES = {
    "account_number": "41006273",
    "meter_number": "WM-90321174",
    "service": "electricity",
    "reading": "02214",
    "taken_at": "2026-11-25T10:00:00+00:00",
}
USED = {"response": "utter_reading_cost", "values": {"use": 1234, "unit": "kWh", "cost": "14560"}}


@pytest.mark.parametrize("language", ["en", "zu"])
def test_the_short_words_stand_beside_the_answer(region: Region, language: str) -> None:
    writer = Writer("sms", language, region)
    replies, whole = writer.with_notice(
        writer.engine([EngineReply(key="utter_reading_taken", values=VALUES)])
    )
    assert (len(replies), replies[0].segments, whole) == (1, 1, False)
    assert ("MY DATA" if language == "en" else "ULWAZI LWAMI") in replies[0].body


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_where_there_is_no_room_or_no_such_words_the_whole_notice_comes(region: Region, channel: str) -> None:
    writer = Writer(channel, "en", region)
    reply = writer.engine([EngineReply(key="utter_reading_taken", values={**VALUES, "used": USED})])
    replies, whole = writer.with_notice(reply)
    assert (len(replies), whole) == (2, True)
    silent = region.model_copy(update={"notice": region.notice.model_copy(update={"beside_reading": None})})
    assert replace(writer, region=silent).with_notice(reply)[1]


def test_any_other_matter_carries_the_whole_notice(region: Region) -> None:
    writer = Writer("sms", "en", region)
    assert writer.with_notice(writer.engine([EngineReply(key="utter_welcome", values={})]))[1]
