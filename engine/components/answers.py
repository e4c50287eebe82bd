"""Reads a message as the answer to the question that was asked, unless it clearly is something else."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Callable, Collection, Dict, List, NamedTuple, Optional, Text

from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT
from rasa.shared.nlu.training_data.message import Message

from engine.components.amounts import decimal_of
from engine.components.case_answers import INTENT as CASE_ANSWER
from engine.components.case_answers import STANDING, read_case_answer
from engine.components.fallback import FALLBACK, PASSING_QUESTIONS, WEIGHTY
from engine.components.meter_cues import names_a_register
from engine.components.meters import CORRECTION, plainly_a_reading
from engine.components.numbers import today_here

CONTROL = frozenset(
    "cancel stop start help agent status change_language my_data bot_challenge greet thanks bye".split()
)
YES_NO = frozenset({"affirm", "deny"})
# Which entities answer which question.
ANSWERS: Dict[str, "tuple[str, ...]"] = {
    "location": ("location",),
    "account_number": ("account_number", "meter_number"),
    "meter_number": ("meter_number",),
    "reading": ("reading",),
    "reading_again": ("reading",),
    "same_reading": ("reading",),
    "own_meter": ("account_number", "meter_number"),
    "service": ("service",),
    "register": ("reading",),
    "amount": ("amount",),
    "month": ("month",),
    "reference": ("reference",),
    "person": ("person",),
}
# With an account and a reading these stay what they are; the reading is offered beside them.
SURE_WITH_A_READING = frozenset({"meter_reading", "complaint", "dispute"})
OPEN_QUESTIONS = frozenset({"description", "reason"})
# Asked about a reading that is being sent; what is plainly wrong elsewhere does not wait for the answer.
OF_A_READING = frozenset({"reading", "reading_again", "same_reading", "own_meter", "register", "service"})
OF_METERS = frozenset({"meter_reading", "billing", "prepaid"})
CATEGORY_BAR = 0.5
# Answered by one of the choices below the question, or by other words, which the form reads by what they say.
CHOICES = frozenset({"matter", "category"})
CHOICE = re.compile(r"(?:matter|category):\w+|own:[\w/.-]+|register:[\w.-]+")
# 'You also wrote about another matter. Shall we open a case for it?'
OFFERED = "also"
# 'Please write what is right, and we add it to KDM-…'
PUT = "right"
#: What every question offers as its way out.
LEAVES = "0"
NUMBERS_OF_A_BILL = frozenset({"account_number", "amount", "month"})
CONTROL_BAR, QUERY_BAR, YES_NO_BAR = 0.6, 0.75, 0.5
# So sure a bill's protest or a reading is no place.
NO_PLACE_BAR = 0.95
# 'no I meant Stanger', 'sorry, R2400': what was told before, put right. What is sure to open a case is none.
PUT_RIGHT = frozenset({"location", "amount", "month"})
NUMBERS_OF_A_METER = frozenset({"account_number", "meter_number"})
SURELY_A_MATTER, WORDS_PUT_RIGHT = 0.9, 8
SHORT = 4  # words
# Neither yes nor no, and no wish to break off.
UNSURE = re.compile(
    r"\W*(?:(?:i'?m\s+|i\s+am\s+)?not\s+(?:so\s+)?sure|may\s?be|perhaps|(?:i\s+)?(?:don'?t|do\s+not)\s+know|"
    r"i?dunno|idk|mhlawumbe|kungenzeka|angiqiniseki|angazi?)\W*",
    re.I,
)
# 'Cha, bengifuna ...': a 'no' that says why.
SAYS_NO = re.compile(r"\W*(?:no|nope|cha|hhayi|hayi)\b", re.I)
# 'its electricity not water'
NOT_THAT = re.compile(
    r"(?:(?:sorry|no|oops|wrong|uxolo|cha|hhayi)\W+)?(?:i\s+meant?|it'?s|it\s+is|ngisho|bengisho|ngiqonde)\s+\w+\W+"
    r"(?:not|hhayi)\s+\w+\W*",
    re.I,
)
DIGITS_ONLY = re.compile(r"[\W\d]*\d[\W\d]*")
BARE_NUMBER = re.compile(r"(?<![\w.,])\d[\d ]*(?:[.,]\d{1,2})?(?!\w)")


class Answer(NamedTuple):
    """The class a message gets, and the entities it ends up with."""

    intent: str
    confidence: float
    entities: List[Dict[str, Any]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class AnswerReader(GraphComponent, IntentClassifier):
    """The last component: uses `asking`, `latitude` and `longitude` of the message's metadata."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {}

    @classmethod
    def create(cls, config: Any, model_storage: Any, resource: Any, execution_context: Any) -> AnswerReader:
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            intent = message.get(INTENT) or {}
            answer = read_answer(
                text=message.get("text") or "",
                intent=intent.get("name") or FALLBACK,
                confidence=float(intent.get("confidence") or 0.0),
                entities=list(message.get(ENTITIES) or []),
                emergency=message.get("emergency"),
                metadata=message.get("metadata") or {},
                today=today_here(),
                category=message.get("category") if _is_sure_of_category(message) else None,
            )
            message.set(INTENT, {"name": answer.intent, "confidence": answer.confidence}, add_to_output=True)
            message.set(ENTITIES, answer.entities, add_to_output=True)
        return messages


def _is_sure_of_category(message: Message) -> bool:
    return float(message.get("category_confidence") or 0.0) >= CATEGORY_BAR


def read_answer(
    *,
    text: str,
    intent: str,
    confidence: float,
    entities: List[Dict[str, Any]],
    emergency: Optional[str],
    metadata: Dict[str, Any],
    today: date,
    category: Optional[str] = None,
) -> Answer:
    """What the message is, given the question `metadata['asking']` (None when nothing was asked)."""
    asking: Optional[str] = metadata.get("asking")
    if emergency:
        return Answer("complaint", 1.0, entities)
    has_pin = metadata.get("latitude") is not None and metadata.get("longitude") is not None
    if has_pin and not text.strip():
        if asking == "case_answer":
            return Answer(CASE_ANSWER, 1.0, [_entity("answer", "words", "words", 0)])
        if asking in STANDING:
            asking = None
        return Answer("inform" if asking else "complaint", 1.0, entities)
    if asking in STANDING:
        about = metadata.get("asking_about")
        other = bool(about and category and category != about)
        found = read_case_answer(text, asking, intent, confidence, entities, other_category=other)
        if found is not None:
            return Answer(CASE_ANSWER, max(confidence, 0.9), entities + found)
        asking = None  # the message is a matter of its own; the question stays open in the case store
    if asking in (OFFERED, PUT) and text.strip(" .!") == LEAVES:
        return Answer("deny", 1.0, [])
    if not asking or asking in PASSING_QUESTIONS:
        # 'KDM-4821-7305' and nothing else asks how far that case is.
        if _is_only(("reference",), text, entities):
            return Answer("status", 1.0, entities)
        if metadata.get("wants_numbers") and _is_only(NUMBERS_OF_A_BILL, text, entities):
            return Answer("inform", 1.0, entities)
        if asking == OFFERED and _takes_the_offer(text, intent, confidence, entities):
            return Answer("inform", 1.0, entities)
        if asking == PUT and not _is_weighty(intent, confidence, category) and intent not in CONTROL:
            return Answer("inform", 1.0, entities)
        if asking == "helpful" and SAYS_NO.match(text) and not _is_weighty(intent, confidence, category):
            return Answer("deny", 1.0, entities)
        if not asking and _puts_right(text, intent, confidence, entities, category):
            return Answer("inform", 1.0, entities)
        kinds, has_account = [one["entity"] for one in entities], bool(metadata.get("known_accounts"))
        not_understood = intent == FALLBACK
        if intent not in SURE_WITH_A_READING and plainly_a_reading(text, kinds, has_account, not_understood):
            return Answer("meter_reading", max(confidence, 0.9), entities)
        return Answer(intent, confidence, entities)
    if text.strip(" .!") == LEAVES:
        return Answer("cancel", 1.0, [])
    if asking in (*CHOICES, "own_meter", "register") and CHOICE.fullmatch(text.strip()):
        return Answer("inform", 1.0, [])
    if asking in CHOICES:
        return Answer("inform" if UNSURE.fullmatch(text) else intent, confidence, entities)
    if asking == "register" and names_a_register(text) and len(text.split()) <= SHORT:
        return Answer("inform", 1.0, entities)
    if asking in OF_A_READING and _is_a_complaint(text, intent, confidence, category, entities):
        return Answer(intent, confidence, entities)
    wanted = ANSWERS.get(asking, ())
    answered = has_pin or any(entity["entity"] in wanted for entity in entities)
    if not answered and _is_something_else(text, intent, confidence, asking, category):
        return Answer(intent, confidence, entities)
    if asking == "location" and not answered and _is_no_place(intent, confidence, entities):
        return Answer(intent, confidence, entities)
    if not answered:
        entities = entities + _read_as_asked(text, asking, entities, today)
    return Answer("inform", max(confidence, 0.9), entities)


def _is_only(kinds: Collection[str], text: str, entities: List[Dict[str, Any]]) -> bool:
    """Whether the text is nothing but entities of these kinds, with at most a little word beside them."""
    wanted = [entity for entity in entities if entity["entity"] in kinds]
    rest = text
    for entity in sorted(wanted, key=lambda entity: -int(entity["start"])):
        rest = rest[: entity["start"]] + rest[entity["end"] :]
    return bool(wanted) and not re.search(r"\w{3}|\d", rest)


def _takes_the_offer(text: str, intent: str, confidence: float, entities: List[Dict[str, Any]]) -> bool:
    """Whether a message gives the numbers of a bill, or a place, in few words, where a matter was offered."""
    kinds = {entity["entity"] for entity in entities}
    if not kinds & {*NUMBERS_OF_A_BILL, "location"} or "reading" in kinds or "?" in text or intent == "deny":
        return False
    if not kinds & NUMBERS_OF_A_BILL and intent in WEIGHTY and confidence >= SURELY_A_MATTER:
        return False  # 'pothole in Stanger'
    words = re.findall(r"[^\W\d_]+", text)
    return len(words) <= SHORT and not _is_something_else(text, intent, confidence, OFFERED, None)


def _is_a_complaint(
    text: str, intent: str, confidence: float, category: Optional[str], entities: List[Dict[str, Any]]
) -> bool:
    """Whether a message complains, in a sentence, of a place or of what has to do with no reading."""
    sure = intent == "complaint" and confidence >= QUERY_BAR and category is not None
    elsewhere = category not in OF_METERS or any(one["entity"] == "location" for one in entities)
    return sure and elsewhere and len(re.findall(r"[^\W\d]{2,}", text)) > SHORT


def _puts_right(
    text: str, intent: str, confidence: float, entities: List[Dict[str, Any]], category: Optional[str]
) -> bool:
    """Whether a message puts right, in few words, what was told before."""
    if NOT_THAT.fullmatch(text.strip()):
        return True
    kinds = {entity["entity"] for entity in entities}
    if (
        not kinds & PUT_RIGHT
        or kinds & (NUMBERS_OF_A_METER | {"reading"})
        or "?" in text
        or len(text.split()) > WORDS_PUT_RIGHT
    ):
        return False
    return not _is_weighty(intent, confidence, category) and (
        intent == "deny" or bool(CORRECTION.search(text))
    )


def _is_weighty(intent: str, confidence: float, category: Optional[str]) -> bool:
    """Whether a message surely is a matter of its own, about something that has a name."""
    return intent in WEIGHTY and confidence >= SURELY_A_MATTER and category not in (None, "general")


def _is_no_place(intent: str, confidence: float, entities: List[Dict[str, Any]]) -> bool:
    """Whether a message surely contests a bill, or sends a reading with its account or meter."""
    kinds = {entity["entity"] for entity in entities}
    reads = intent == "meter_reading" and "reading" in kinds and bool(kinds & NUMBERS_OF_A_METER)
    return (intent == "dispute" or reads) and confidence >= NO_PLACE_BAR


def _is_something_else(
    text: str, intent: str, confidence: float, asking: str, category: Optional[str]
) -> bool:
    if UNSURE.fullmatch(text):
        return False
    if intent in CONTROL:
        return confidence >= CONTROL_BAR
    if intent in YES_NO:
        return confidence >= YES_NO_BAR and len(text.split()) <= SHORT and not DIGITS_ONLY.fullmatch(text)
    if intent == "query":
        if asking in OPEN_QUESTIONS:  # 'why is it so high' is a reason, 'what are your hours' is none
            return confidence >= NO_PLACE_BAR and category not in (None, *OF_METERS)
        return confidence >= QUERY_BAR
    return False


def _read_as_asked(
    text: str, asking: str, entities: List[Dict[str, Any]], today: date
) -> List[Dict[str, Any]]:
    if asking == "location" and text.strip():
        value = text.strip()
        # The whole answer is the place: what was found inside it (a ward's number, a name) is part of it.
        entities[:] = [
            entity for entity in entities if entity["entity"] not in ("person", "reading", "service")
        ]
        return [_entity("location", value, text, text.index(value))]
    reader = _READERS.get(asking)
    if reader is None:
        return []
    for match in BARE_NUMBER.finditer(text):
        written = match[0].rstrip()
        value = reader(written, today)
        if value is not None:
            start, end = match.start(), match.start() + len(written)
            # The same digits may have been taken for something else without the question.
            entities[:] = [entity for entity in entities if entity["end"] <= start or entity["start"] >= end]
            return [_entity(ANSWERS[asking][0], value, text, start, end)]
    return []


def _entity(name: str, value: str, text: str, start: int, end: Optional[int] = None) -> Dict[str, Any]:
    end = start + len(value) if end is None else end
    return {"entity": name, "value": value, "start": start, "end": end, "text": text[start:end]}


def _account(written: str, _today: date) -> Optional[str]:
    digits = re.sub(r"\D", "", written)
    return digits if 5 <= len(digits) <= 13 else None


def _reading(written: str, _today: date) -> Optional[str]:
    digits = re.sub(r"\D", "", re.split(r"[.,]", written)[0])
    return digits if 1 <= len(digits) <= 7 else None


def _amount(written: str, _today: date) -> Optional[str]:
    return decimal_of(written)


def _month(written: str, today: date) -> Optional[str]:
    if not written.isdigit() or not 1 <= int(written) <= 12:
        return None
    return f"{today.year if int(written) <= today.month else today.year - 1}-{int(written):02d}"


def _reference(written: str, _today: date) -> Optional[str]:
    digits = re.sub(r"\D", "", written)
    return digits if len(digits) in (7, 8) else None


_READERS: Dict[str, Callable[[str, date], Optional[str]]] = {
    "account_number": _account,
    "meter_number": _account,
    "reading": _reading,
    "reading_again": _reading,
    "same_reading": _reading,
    "own_meter": _account,
    "amount": _amount,
    "month": _month,
    "reference": _reference,
}
