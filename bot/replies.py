"""From keys to what a phone shows: texts from the catalogue, laid out for the channel. Pure rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import structlog

from bot.engine_client import EngineReply
from crm_store.domain.municipality import Region
from crm_store.domain.rendering import TEXT_LIMITS, in_parts, show
from crm_store.domain.segments import segments
from crm_store.services.turns import ReplyToStore
from crm_store.texts import UnknownText, render

log = structlog.get_logger(__name__)
NOT_UNDERSTOOD = "utter_not_understood"
NOTICE = "utter_privacy_notice"
OFFER = "utter_offer_person"
#: No text of ours is longer.
MOST_SEGMENTS = 2
# Answers to a reading: what the person gave is the reading, and the answer says what it is for.
OF_A_READING = frozenset(
    {
        *("utter_reading_taken", "utter_reading_taken_for_review", "utter_reading_repeated"),
        *("utter_reading_corrected", "utter_readings_taken", "utter_ask_reading", "utter_ask_reading_again"),
        *("utter_ask_own_meter", "utter_ask_meter_number", "utter_ask_service", "utter_ask_same_reading"),
        *("utter_ask_register", "utter_registers_taken"),
    }
)
# An account is asked for in other matters too.
ASKS_ACCOUNT = "utter_ask_account_number"
#: Which privacy notice goes with an answer: the whole one, or the short words beside a reading.
Notice = Literal["whole", "short"]
QUESTION = "utter_ask_"
#: These have a `…_short` beside them.
READING_TAKEN, REGISTERS_TAKEN = "utter_reading_taken", "utter_registers_taken"
COST, USE = "utter_reading_cost", "utter_reading_use"


@dataclass(frozen=True)
class Writer:
    """Writes replies for one conversation: its channel, language and municipalities."""

    channel: str
    language: str
    region: Region

    def say(
        self, key: str, values: Mapping[str, Any] | None = None, *, always: bool = False
    ) -> list[ReplyToStore]:
        """One of our own replies."""
        return self._lay_out(EngineReply(key=key, values=dict(values or {})), always=always)

    def engine(self, replies: Sequence[EngineReply]) -> list[ReplyToStore]:
        """The engine's replies; a key without a text must not leave the person without an answer."""
        written = [part for reply in replies for part in self._lay_out(reply)]
        if self.channel == "sms":
            written = in_fewer_segments([self._in_one_segment(reply) for reply in written])
        return written or self.say(NOT_UNDERSTOOD)

    def notice(self) -> ReplyToStore:
        """The privacy notice of first contact (POPIA s18), as the municipality words it for this channel."""
        wording = self.region.notice.sms if self.channel == "sms" else self.region.notice.chat
        text = wording.zu if self.language == "zu" else wording.en
        return self._reply(show(self.channel, text, ()).body, NOTICE, {}, [], False)

    def with_notice(
        self, replies: Sequence[ReplyToStore], *, of_reading: bool = False, short_given: bool = False
    ) -> tuple[list[ReplyToStore], Notice | None]:
        """The replies with the privacy notice that is owed, and which one that was.

        A reading by SMS is answered in one segment: there the notice's short words stand once beside the
        answer, which leaves the cost out where it must, and the whole one is owed with the first other
        matter. `of_reading`: the message was one; `short_given`: the short words were given before.
        """
        short = self.region.notice.beside_reading
        if self.channel != "sms" or short is None or not _is_of_a_reading(replies, of_reading):
            return [*replies, self.notice()], "whole"
        if short_given:
            return list(replies), None
        words = short.zu if self.language == "zu" else short.en
        *before, last = replies
        beside = [
            replace(answer, body=body, segments=segments(body).count)
            for answer in (last, self._shorter(last))
            for body in (f"{answer.body}\n{words}",)
        ]
        fitting = (one for one in beside if (one.segments or 0) <= (last.segments or 0))
        return [*before, next(fitting, beside[0])], "short"

    def _shorter(self, reply: ReplyToStore) -> ReplyToStore:
        """The answer to a reading without its cost, to those of registers without use; others as they are."""
        if reply.response_key not in (READING_TAKEN, REGISTERS_TAKEN):
            return reply
        used = reply.values.get("used")
        if used and used["response"] == COST:
            used = {**used, "response": USE}
        if reply.response_key == REGISTERS_TAKEN:
            used = None
        (shorter,) = self.say(f"{reply.response_key}_short", {**reply.values, "used": used})
        return shorter

    def _in_one_segment(self, reply: ReplyToStore) -> ReplyToStore:
        """The answer to a reading: in fewer words, or without the cost, where it takes two."""
        key = reply.response_key
        used = reply.values.get("used") if key in (READING_TAKEN, REGISTERS_TAKEN) else None
        if (reply.segments or 0) < 2 or not used:
            return reply
        use_only = {**reply.values, "used": {**used, "response": USE}} if used["response"] == COST else None
        ways = [(f"{key}_short", reply.values), (str(key), use_only), (f"{key}_short", use_only)]
        shorter = (one for name, values in ways if values for one in self.say(name, values))
        return next((one for one in shorter if one.segments == 1), reply)

    def with_offer(self, replies: Sequence[ReplyToStore]) -> list[ReplyToStore]:
        """The replies with the word that brings a person; below the last one where two SMS hold both."""
        (offer,) = self.say(OFFER)
        last = replies[-1]
        body = f"{last.body}\n{offer.body}"
        count = segments(body).count if self.channel == "sms" else None
        if (count or 0) > MOST_SEGMENTS:
            return [*replies, offer]
        return [
            *replies[:-1],
            replace(last, body=body, segments=count, values={**last.values, "person_offered": True}),
        ]

    def _lay_out(self, reply: EngineReply, *, always: bool = False) -> list[ReplyToStore]:
        buttons = [
            (str(b["title"]), str(b["payload"])) for b in reply.buttons if "title" in b and "payload" in b
        ]
        text = reply.text or ""
        if reply.key is not None:
            try:
                rendered = render(reply.key, self.language, reply.values, self.region)
            except UnknownText:
                log.error("unknown_text", response_key=reply.key)
                return []
            text = rendered.text
            buttons = buttons or [(button.title, button.payload) for button in rendered.buttons]
        shown = show(self.channel, text, buttons)
        if not shown.body.strip():
            log.error("empty_reply", response_key=reply.key)
            return []
        *first, last = in_parts(shown.body, TEXT_LIMITS[self.channel])
        return [
            *(self._reply(part, reply.key, {}, [], always) for part in first),
            self._reply(last, reply.key, reply.values, shown.choices, always),
        ]

    def _reply(
        self, body: str, key: str | None, values: dict[str, Any], choices: list[dict[str, Any]], always: bool
    ) -> ReplyToStore:
        return ReplyToStore(
            body=body,
            response_key=key,
            values=values,
            buttons=choices,
            language=self.language,
            segments=segments(body).count if self.channel == "sms" else None,
            always=always,
        )


def _is_of_a_reading(replies: Sequence[ReplyToStore], of_reading: bool) -> bool:
    known = {*OF_A_READING, ASKS_ACCOUNT} if of_reading else OF_A_READING
    return all(reply.response_key in known for reply in replies)


def in_fewer_segments(replies: Sequence[ReplyToStore]) -> list[ReplyToStore]:
    """The replies of one turn as the SMS that cost least: two become one where that saves a segment."""
    joined: list[ReplyToStore] = []
    for reply in replies:
        before = joined[-1] if joined else None
        body = f"{before.body}\n{reply.body}" if before else ""
        count = segments(body).count
        if before and not before.buttons and count < (before.segments or 0) + (reply.segments or 0):
            joined[-1] = replace(reply, body=body, segments=count)
        else:
            joined.append(reply)
    return joined


def asked_slot(replies: Sequence[ReplyToStore]) -> str | None:
    """The slot that the last reply asks for, or None."""
    key = replies[-1].response_key if replies else None
    return key.removeprefix(QUESTION) if key is not None and key.startswith(QUESTION) else None


def open_choices(replies: Sequence[ReplyToStore]) -> list[dict[str, Any]]:
    """The choices under the last reply: what a number in the next message means."""
    return list(replies[-1].buttons) if replies else []
