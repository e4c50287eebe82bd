"""`judge`: what models say of held-out and of given messages, for comparing one with another.

The whole pipeline is asked, so that it is what the engine would understand. What is written holds no text:
held-out messages appear only as what they are and what was said, given ones by their ids.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence

from rasa.core.agent import Agent
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain

from engine.components.entities import Found
from engine.evaluation import HELD_OUT_SETS, count_entities, read_held_out
from engine.start import EngineError
from engine.training import tell_progress

NOT_UNDERSTOOD = "nlu_fallback"
TOLD_EVERY = 100  # messages


def judge(models: Sequence[Path], given: Sequence[Dict[str, str]], on: Optional[str], out: Path) -> None:
    """Writes to `out` what each model says of the held-out set `on` and of the messages `{id, text}`.

    EngineError for a model that cannot be read.
    """
    held_out = read_held_out(HELD_OUT_SETS[on]) if on else []
    texts = [one.text for one in held_out] + [one["text"] for one in given]
    said: List[List[Dict[str, Any]]] = []
    entities = []
    for number, model in enumerate(models):

        def tell(done: int, so_far: int = number) -> None:
            share = (so_far + done / max(len(texts), 1)) / len(models)
            tell_progress(round(100 * share), "Measuring")

        parsed = _parse_all(model, texts, tell)
        said.append([_answer(one) for one in parsed])
        found = {text: _found(one) for text, one in zip(texts, parsed, strict=True)}
        entities.append(count_entities(held_out, found.__getitem__))
    answers = list(zip(*said, strict=True))
    result = {
        "held_out": [
            {
                "truth": {"class": one.intent, "category": one.category, "language": one.language},
                "said": list(own),
            }
            for one, own in zip(held_out, answers, strict=False)
        ],
        "entities": entities,
        "messages": [
            {"id": one["id"], "said": list(own)}
            for one, own in zip(given, answers[len(held_out) :], strict=True)
        ],
    }
    out.write_text(json.dumps(result), encoding="utf-8")


def _parse_all(model: Path, texts: Sequence[str], tell: Callable[[int], None]) -> List[Dict[str, Any]]:
    try:
        agent = Agent.load(str(model), tracker_store=InMemoryTrackerStore(Domain.empty()))
    except Exception as error:
        raise EngineError(f"The model {model.name} cannot be read: {error}") from error

    async def parse() -> List[Dict[str, Any]]:
        parsed = []
        for number, text in enumerate(texts):
            if number % TOLD_EVERY == 0:
                tell(number)
            parsed.append(await agent.parse_message(text))
        return parsed

    return asyncio.run(parse())


def _answer(parsed: Dict[str, Any]) -> Dict[str, Any]:
    intent = parsed.get("intent") or {}
    if intent.get("name") == NOT_UNDERSTOOD:  # the best guess behind the doubt
        guesses = [one for one in parsed.get("intent_ranking") or [] if one["name"] != NOT_UNDERSTOOD]
        intent = guesses[0] if guesses else {"name": "out_of_scope", "confidence": 0.0}
    return {
        "class": intent.get("name"),
        "class_confidence": round(intent.get("confidence") or 0.0, 4),
        "category": parsed.get("category"),
        "category_confidence": round(parsed.get("category_confidence") or 0.0, 4),
        "language": parsed.get("language"),
    }


def _found(parsed: Dict[str, Any]) -> List[Found]:
    return [
        Found(one["entity"], str(one.get("value")), one["start"], one["end"])
        for one in parsed.get("entities") or []
    ]
