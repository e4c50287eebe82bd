"""The turn: what is done about one inbound message. No transaction is open while the engine thinks."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from bot.engine_client import EngineClient, EngineUnavailable
from bot.own_accounts import answer_wish
from bot.replies import Writer, asked_slot, open_choices
from bot.wordless import put_file, wordless_key
from crm_store.database import transaction
from crm_store.domain.account_words import Wish, read_wish
from crm_store.domain.anger import is_angry
from crm_store.domain.anonymity import wants_anonymity
from crm_store.domain.control_words import read_control, read_updates_wish
from crm_store.domain.decisions import is_of_bills
from crm_store.domain.languages import FIRST_LANGUAGE, choose_language
from crm_store.domain.municipality import Region
from crm_store.domain.rendering import chosen
from crm_store.queries.cases import find_own_case
from crm_store.queries.conversations import language_of, messages_of, person_offered, was_told
from crm_store.services.confidence import anonymous_of, make_anonymous, seal
from crm_store.services.conversations import citizen_of, opt_in, opt_out, want_updates
from crm_store.services.turns import ReplyToStore, TurnContext, finish_turn, load_turn
from crm_store.tables import Message

log = structlog.get_logger(__name__)
OTHER_LANGUAGE = "utter_other_language"
_NUMBER_ALONE = re.compile(r"[\dOoIl]{4}[ -]*[\dOoIl]{4}")
# After these a person is offered.
_OFFER_A_PERSON = frozenset({"utter_emergency_opened", "utter_anonymous_declined"})
# Whatever is written is the answer to these.
_ASKS_FOR_WORDS = ("description", "reason", "case_answer")
# With more words than these it is a report that begins with the wish.
_WORDS_OF_A_WISH = 9
# No matter of its own: who had the notice's short words is owed no more for these.
_COURTESIES = frozenset({"greet", "thanks", "bye"})
# While one of these is asked, a number alone is no answer.
_OWN_CASE_FIRST = (None, "fixed", "rating")
ENGLISH_CONTROL_WORDS = frozenset(
    ["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "start", "unstop", "yes"]
)


@dataclass(frozen=True)
class ToEngine:
    """What the engine is asked; `typed` when these are the person's own words and so tell their language."""

    text: str
    typed: bool


def take_turn(message_id: UUID, engine: EngineClient, region: Region) -> str:
    """Handles the message once and returns how the turn ended. Raises EngineUnavailable: try again later.

    A second run after a crash ends in the same place: the engine knows the message by its id, the services
    know what the message made, and a message that is handled is not begun again.
    """
    with transaction() as session:
        context = load_turn(session, message_id)
    if context is None:
        return "handled_before"
    structlog.contextvars.bind_contextvars(conversation_id=str(context.conversation_id))
    if outcome := _obey_control(context, region):
        return outcome
    if context.state == "agent":
        return _keep_for_agent(context)
    if (wish := read_wish(context.body)) and context.asking not in _ASKS_FOR_WORDS:
        return _answer_wish(context, wish, region)
    if context.asking is None and wants_anonymity(context.body) and (outcome := _hide(context, region)):
        return outcome
    question = read_for_engine(context)
    if isinstance(question, str):
        return _answer_wordless(context, question, region)
    question = _own_reference(context, question, region)
    try:
        return _answer_by_engine(context, question, engine, region)
    except EngineUnavailable:
        _obey_those_behind(context, region)
        raise


def _obey_those_behind(context: TurnContext, region: Region) -> None:
    """STOP does not wait for the engine: a message that has to wait lets control words behind it go first.

    Nobody else works on them meanwhile: this job holds the conversation's lock.
    """
    with transaction() as session:
        behind = [
            message.id
            for message in messages_of(session, context.conversation_id)
            if message.direction == "in"
            and message.status == "received"
            and message.id != context.message_id
            # Only these are begun: to load a turn counts as an attempt at it.
            and _control_of(message, context)
        ]
    for message_id in behind:
        with transaction() as session:
            later = load_turn(session, message_id)
        if later is not None:
            _obey_control(later, region)


def read_for_engine(context: TurnContext) -> ToEngine | str:
    """What to ask the engine, or the key of the reply that needs no engine. Pure."""
    if any(item.get("type") == "edited" for item in context.media) and context.asking is None:
        return "utter_edited"  # the message it corrects was handled already: doing it twice would harm
    payload = context.button_payload or chosen(context.body, context.choices)
    known = {str(choice["payload"]) for choice in context.choices}
    if payload is not None and payload.isdigit() and payload not in known:
        payload = chosen(payload, context.choices) or payload  # a long payload travels as its number
    if payload is not None and payload in known:
        return ToEngine(payload, typed=False)
    # A typed '/restart' or '/intent' would be obeyed by Rasa; so would a payload that we never offered.
    text = (payload or context.body).strip().lstrip("/").strip()
    if context.latitude is not None and context.longitude is not None:
        return ToEngine(text, typed=False)
    if context.asking == "anonymous" and wants_anonymity(text):
        return ToEngine("yes", typed=False)  # 'I do not want to give my name' is no 'no'
    if text:
        return ToEngine(text, typed=payload is None)
    return wordless_key(context.kind, context.media, context.asking, waits=context.state == "waiting")


def _own_reference(context: TurnContext, question: ToEngine, region: Region) -> ToEngine:
    """A number alone may be an account or a case: it is a case when it is the sender's own."""
    if context.asking not in _OWN_CASE_FIRST or not _NUMBER_ALONE.fullmatch(question.text):
        return question
    with transaction() as session:
        found = find_own_case(session, region, citizen_of(session, context.conversation_id), question.text)
    if found.kind == "found" and found.case:
        return ToEngine(found.case.reference, typed=False)
    return question


def _obey_control(context: TurnContext, region: Region) -> str | None:
    """STOP and START, on every path: before takeover, questions and engine. None when it is neither."""
    by_provider = (context.opt_out_type or "").upper()
    control = _control_of(context, context)
    if control not in ("stop", "start"):
        if by_provider == "HELP":  # answered by the provider
            return _close_quietly(context, "help_by_provider")
        return _obey_updates_wish(context, region)
    if control == "start" and not context.opted_out and not by_provider:
        # Telegram's first message is /start: there it is a greeting, later on a word like any other.
        return None if context.notice_sent else _answer_ourselves(context, "utter_greet", region)
    language = context.language or control_language(context.body)
    writer = Writer(context.channel, language, region)
    key = "utter_stopped" if control == "stop" else "utter_started"
    with transaction() as session:
        change = opt_out if control == "stop" else opt_in
        changed = change(session, context.address_id)
        # Where the provider has confirmed it, a second confirmation would be one too many.
        replies = writer.say(key, always=True) if changed and not by_provider else []
        finish_turn(
            session, context.message_id, replies, asking=None, choices=[], understanding={"class": control}
        )
    return control


def _obey_updates_wish(context: TurnContext, region: Region) -> str | None:
    """'No updates' and its opposite; what is open in the conversation stays open. None when it is neither."""
    wish = read_updates_wish(context.body)
    if wish is None or (wish == "on" and not context.no_updates):
        return None
    with transaction() as session:
        want_updates(session, context.conversation_id, wish == "on", context.received_at)
    return _answer_ourselves(context, f"utter_updates_{wish}", region)


def _control_of(message: TurnContext | Message, context: TurnContext) -> str | None:
    asking = context.asking or ("choices" if context.choices else None)
    return read_control(
        message.body, channel=context.channel, asking=asking, opt_out_type=message.opt_out_type
    )


def control_language(text: str) -> str:
    """The language of a control word from somebody we know nothing of."""
    return "en" if text.strip().lstrip("/").casefold() in ENGLISH_CONTROL_WORDS else FIRST_LANGUAGE


def _keep_for_agent(context: TurnContext) -> str:
    return _close_quietly(context, "kept_for_agent")


def _close_quietly(context: TurnContext, outcome: str) -> str:
    with transaction() as session:
        finish_turn(session, context.message_id, [], asking=context.asking, choices=context.choices)
    return outcome


def _answer_wordless(context: TurnContext, key: str, region: Region) -> str:
    """A file goes to the case that asked for it or is open; else, and without one, a kind word."""
    with transaction() as session:
        reference = put_file(session, context, key, region)
    if reference is not None:
        if context.asking == "case_answer":
            context = replace(context, asking=None, choices=[])
        return _answer_ourselves(context, "utter_file_with_case", region, {"reference": reference})
    return _answer_ourselves(context, key, region)


def _answer_ourselves(
    context: TurnContext, key: str, region: Region, values: dict[str, Any] | None = None
) -> str:
    """A picture without words, or nothing at all: a kind word, and the open question stays open."""
    writer = Writer(context.channel, context.language or FIRST_LANGUAGE, region)
    replies = writer.say(key, values) or writer.engine(())
    notice = _owes_notice(context)
    with transaction() as session:
        finish_turn(
            session,
            context.message_id,
            [*replies, writer.notice()] if notice else replies,
            asking=context.asking,
            choices=context.choices,
            notice_sent=notice,
        )
    return key.removeprefix("utter_")


def _answer_wish(context: TurnContext, wish: Wish, region: Region) -> str:
    """A person's own accounts: the open question stays open."""
    words = sum(any(map(str.isalpha, word)) for word in context.body.split())
    language = choose_language(
        context.language, context.language_asked, wish.language, 1.0, wish.language, words
    )
    writer = Writer(context.channel, language, region)
    notice = _owes_notice(context)
    with transaction() as session:
        key, values = answer_wish(session, region, context, wish, context.received_at)
        replies = writer.say(key, values)
        finish_turn(
            session,
            context.message_id,
            [*replies, writer.notice()] if notice else replies,
            asking=context.asking,
            choices=context.choices,
            language=language,
            understanding={"class": "own_account"},
            notice_sent=notice,
        )
    return key.removeprefix("utter_")


def _hide(context: TurnContext, region: Region) -> str | None:
    """'I want to stay anonymous' as a message of its own: who wrote the report of before is hidden.

    None where no confidential report was made, or the wish is part of a report.
    """
    if len(context.body.split()) > _WORDS_OF_A_WISH:
        return None
    with transaction() as session:
        case = anonymous_of(session, context.conversation_id)
        if case is None or case.anonymous:
            return None
        make_anonymous(session, case, context.received_at)
        writer = Writer(context.channel, context.language or FIRST_LANGUAGE, region)
        replies = writer.say("utter_anonymous_kept", {"reference": case.reference})
        finish_turn(session, context.message_id, replies, asking=None, choices=[])
        seal(session, context.message_id)
    return "anonymous_kept"


def _answer_by_engine(context: TurnContext, question: ToEngine, engine: EngineClient, region: Region) -> str:
    answers = engine.converse(str(context.conversation_id), question.text, metadata(context, region))
    understanding = next((answer.understood for answer in answers if answer.understood), None)
    notice = _owes_notice(context)
    with transaction() as session:
        # An action may have changed the language at the person's word while the engine worked.
        current, asked = language_of(session, context.conversation_id)
        language = decide_language(current, asked, question, understanding)
        writer = Writer(context.channel, language, region)
        replies = writer.engine(answers)
        if _owes_languages(session, context, question, understanding):
            replies = [*writer.say(OTHER_LANGUAGE), *replies]
        if _owes_a_person(session, context, question, replies):
            replies = writer.with_offer(replies)
        written, given = replies, None
        said = (understanding or {}).get("class")
        if notice and not (context.short_notice_sent and said in _COURTESIES):
            written, given = writer.with_notice(
                replies, of_reading=said == "meter_reading", short_given=context.short_notice_sent
            )
        finish_turn(
            session,
            context.message_id,
            written,
            asking=asked_slot(replies),
            choices=open_choices(replies),
            # A language that nothing has told yet is answered in, and not kept: the first words decide it.
            language=language if current or _tells_language(understanding) else None,
            understanding=understanding,
            notice_sent=given == "whole",
            short_notice_sent=given == "short",
        )
    return "answered"


def decide_language(
    current: str | None, asked: bool, question: ToEngine, understanding: dict[str, Any] | None
) -> str:
    """The language to answer in: changed by typed words or by request, never by a button or a pin."""
    if not question.typed or not understanding or not understanding.get("language"):
        return current or FIRST_LANGUAGE
    return str(
        choose_language(
            current,
            asked=asked,
            detected=understanding["language"],
            confidence=float(understanding.get("language_confidence") or 0.0),
            dominant=understanding.get("dominant"),
            words=sum(any(map(str.isalpha, word)) for word in question.text.split()),
            other=understanding.get("other_language"),
        )
    )


def _tells_language(understanding: dict[str, Any] | None) -> bool:
    """Whether the message has a word of a language: digits have none, and keys hit at random."""
    told = understanding or {}
    return bool(told.get("language_confidence")) or told.get("language") not in (None, FIRST_LANGUAGE)


def metadata(context: TurnContext, region: Region) -> dict[str, Any]:
    """What the engine is told beside the text."""
    about = region.categories.get(context.lately_opened or "")
    return {
        "message_id": str(context.message_id),
        "attempt": context.attempt,
        "channel": context.channel,
        "language": context.language,
        "asking": context.asking,
        "asking_about": context.asking_about,
        "latitude": context.latitude,
        "longitude": context.longitude,
        "known_accounts": list(context.known_accounts),
        # Numbers without a word belong to the matter of a bill that was opened just before.
        "wants_numbers": about is not None and is_of_bills(about),
    }


def _owes_languages(
    session: Session, context: TurnContext, question: ToEngine, understanding: dict[str, Any] | None
) -> bool:
    """Who writes in a language that we do not speak is told once which ones we do."""
    other = question.typed and understanding is not None and understanding.get("other_language")
    return bool(other) and not was_told(session, context.conversation_id, OTHER_LANGUAGE)


def _owes_a_person(
    session: Session, context: TurnContext, question: ToEngine, replies: list[ReplyToStore]
) -> bool:
    """After an emergency, a named report of corruption, or angry words a person is offered, once a day.

    The matter is answered first, and nothing that was asked is disturbed.
    """
    if context.state != "bot" or asked_slot(replies) or open_choices(replies):
        return False
    keys = {reply.response_key for reply in replies}
    if any(key is not None and key.startswith("utter_agent_") for key in keys):
        return False
    if not (keys & _OFFER_A_PERSON or (question.typed and is_angry(question.text))):
        return False
    return not person_offered(session, context.conversation_id, context.received_at - timedelta(days=1))


def _owes_notice(context: TurnContext) -> bool:
    """First contact carries the privacy notice once; who opted out gets nothing, and so gets it later."""
    return not context.notice_sent and not context.opted_out
