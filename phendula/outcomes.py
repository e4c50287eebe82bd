"""What would be done about messages whose meaning is known: how many are asked about, how many go wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm_store.domain.decisions import begins, decide_category, decide_class
from crm_store.domain.knowledge import Knowledge, Match
from crm_store.domain.region import Region

#: The classes that open a case without a further question, when nothing is missing.
_AT_ONCE = ("complaint", "query", "compliment", "my_data")
#: These ask for account and amount first, so that a person sees what they were taken for.
_ASKING_FORMS = ("dispute", "meter_reading")
_FALLBACK = "nlu_fallback"


@dataclass(frozen=True)
class Outcome:
    """What one message comes to; `kind` is one of KINDS, `detail` says what was taken for what."""

    kind: str
    detail: str = ""


KINDS = {
    "right": "done right at once",
    "answered": "a question answered from the knowledge",
    "asked_class": "asked which class it is",
    "asked_category": "asked which category it is",
    "not_understood": "asked for other words",
    "offered": "one matter, and what may be a second is offered",
    "wrong_class": "a case of the wrong class",
    "wrong_category": "a complaint of the wrong category",
    "wrong_form": "asked for the numbers of a dispute or reading that it is not",
    "wrong_courtesy": "a wrong word of courtesy or control, no case",
    "cut_in_two": "one matter taken for two",
}
ASKED = ("asked_class", "asked_category", "not_understood", "offered")
WRONG_CASE = ("wrong_class", "wrong_category", "cut_in_two")


def outcome_of(
    region: Region, knowledge: Knowledge, row: Mapping[str, Any], parsed: Mapping[str, Any]
) -> Outcome:
    """What comes of the message of `row` (text, class, category) as the engine has `parsed` it."""
    ranking = _ranking(parsed.get("intent_ranking"))
    categories = _ranking(parsed.get("category_ranking"))
    found = knowledge.find(row["text"], parsed.get("language"), parsed.get("category"))
    act = str((parsed.get("intent") or {}).get("name"))
    if act == _FALLBACK:
        named = {str(entity["entity"]) for entity in parsed.get("entities") or ()}
        decision = decide_class(region, row["text"], ranking, categories, named, answered=found is not None)
        if decision.act is None:
            return Outcome("asked_class" if decision.ask else "not_understood", " ".join(decision.ask))
        act = decision.act
    two = () if row.get("two_matters") else parsed.get("matters") or ()
    both = " + ".join(str(matter["category"]) for matter in two)
    if two and two[0]["certain"]:
        return Outcome("cut_in_two", both)
    if two:
        categories = [(str(two[begins(two, act, parsed.get("category"))]["category"]), 1.0)]
    alone = _outcome_of_one(region, row, act, categories, found, emergency=bool(parsed.get("emergency")))
    return Outcome("offered", both) if two and alone.kind not in WRONG_CASE else alone


def _outcome_of_one(
    region: Region,
    row: Mapping[str, Any],
    act: str,
    categories: list[tuple[str, float]],
    found: Match | None,
    *,
    emergency: bool,
) -> Outcome:
    truth, right = str(row["class"]), act == row["class"]
    if act == "query" and found is not None and right:
        return Outcome("answered", found.entry.id)
    if act in _ASKING_FORMS:
        return Outcome("right" if right else "wrong_form", f"{truth} as {act}")
    if act not in _AT_ONCE:
        return Outcome("right" if right else "wrong_courtesy", f"{truth} as {act}")
    if not right:
        return Outcome("wrong_class", f"{truth} as {act}")
    if act == "complaint" and not emergency:
        category, two = decide_category(region, row["text"], categories)
        if two:
            return Outcome("asked_category", " ".join(two))
        if row.get("category") and (category or "general") != row["category"]:
            return Outcome("wrong_category", f"{row['category']} as {category}")
    return Outcome("right")


def _ranking(ranks: Any) -> list[tuple[str, float]]:
    return [(str(rank["name"]), float(rank["confidence"])) for rank in ranks or ()]
