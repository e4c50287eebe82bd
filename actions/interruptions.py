"""Messages that mean the same inside a form and outside it: help, status, a question …"""

from __future__ import annotations

from collections.abc import Callable

from rasa_sdk.executor import CollectingDispatcher

from actions import case_answers, handover, language, my_data, query, status
from actions.hearing import Hearing

_TEXTS = {
    "help": "utter_help",
    "greet": "utter_greet",
    "thanks": "utter_welcome",
    "bot_challenge": "utter_bot_challenge",
    "stop": "utter_stop_word",
    "start": "utter_start_word",
}
_DEEDS: dict[str, Callable[[Hearing, CollectingDispatcher], None]] = {
    "status": status.tell_status,
    "agent": handover.request_agent,
    "change_language": language.change_language,
    "query": query.answer_query,
    "my_data": my_data.log_my_data,
    "case_answer": case_answers.take_answer,
}
INTENTS = frozenset(_TEXTS) | frozenset(_DEEDS)


def answer(heard: Hearing, dispatcher: CollectingDispatcher) -> bool:
    """Answers the message if it is one of these; False otherwise."""
    if heard.intent in _TEXTS:
        dispatcher.utter_message(response=_TEXTS[heard.intent])
        return True
    deed = _DEEDS.get(heard.intent)
    if deed is None:
        return False
    deed(heard, dispatcher)
    return True
