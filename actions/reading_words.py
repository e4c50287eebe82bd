"""What is said about a reading: taken, doubted, and what is private of the account only to a linked phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from actions.forms import problem
from crm_store.domain.registers import CHOICE, marked
from crm_store.services.reading_outcomes import ReadingOutcome

PRIVATE = ("use", "usual", "last_reading", "cost")
ASKED: dict[str, str] = {
    "unknown_account": "account_number",
    "which_meter": "meter_number",
    "wrong_digits": "reading",
}


def answer_to(taken: Sequence[ReadingOutcome], dropped: bool) -> tuple[str, dict[str, Any]]:
    """The text and its values for the readings of one message. `dropped`: red digits or decimals were."""
    if len(taken) > 1 and taken[0].register and len({one.meter_number for one in taken}) == 1:
        return "utter_registers_taken", _of_registers(taken, dropped)
    if len(taken) > 1:
        lines = [{"response": _line(one), "values": values_of(one)} for one in taken]
        return "utter_readings_taken", {**values_of(taken[0]), "taken_lines": lines}
    (outcome,) = taken
    values = values_of(outcome)
    if outcome.kind == "repeated":
        return "utter_reading_repeated", values
    if outcome.flagged:
        return "utter_reading_taken_for_review", values
    note = _note(outcome, dropped)
    used = None if note and outcome.register else _used(outcome, values, short=note is not None)
    values = {**values, "used": used, "note": note}
    return "utter_reading_corrected" if outcome.corrected else "utter_reading_taken", values


def doubt_of(outcome: ReadingOutcome) -> dict[str, Any] | None:
    """Why a reading is asked back: a text with values, and the slot to ask (`ask`). None: it was taken."""
    values = values_of(outcome)
    match outcome.kind:
        case "taken" | "repeated":
            return None
        case "implausible":
            name = "implausible" if outcome.linked else "unexpected"
            return {**problem(f"{name}_{outcome.direction}", **values), "ask": "reading_again"}
        case "below_last":
            nines = "9" * (outcome.dials or 5)
            return {**problem("below_last", **values, nines=nines), "ask": "reading_again"}
        case "which_meter" if len(outcome.services) > 1:
            return {**problem("which_meter"), "ask": "service"}
        case "which_register":
            choices = [f"{CHOICE}{code}" for code in outcome.registers]
            return {**problem("which_register", **values), "ask": "register", "choices": choices}
        case kind:
            return {**problem(kind, **values), "ask": ASKED[kind]}


def which_of_two(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """Why the digits are asked for when two numbers were sent for one meter, or one register of it."""
    if not item.get("either"):
        return None
    values = {"first": item["either"][0], "second": item["either"][-1]}
    if item["register"]:
        return problem("either_of_register", **values, register=item["register"])
    return problem("either", **values)


def values_of(outcome: ReadingOutcome) -> dict[str, Any]:
    """The values of the texts; without what only a linked phone may hear."""
    values = {
        "account_number": outcome.account_number,
        "meter_number": outcome.meter_number,
        "service": outcome.service,
        "reading": marked(outcome.digits, outcome.register) if outcome.digits else None,
        "taken_at": f"{outcome.taken_on.isoformat()}T12:00:00+02:00" if outcome.taken_on else None,
        "use": outcome.use,
        "unit": outcome.unit,
        "usual": outcome.usual,
        "last_reading": outcome.last_reading,
        "cost": str(outcome.cost) if outcome.cost is not None else None,
        "dials": outcome.dials,
        "sent": len(outcome.sent_digits),
    }
    return {
        name: value
        for name, value in values.items()
        if value is not None and (outcome.linked or name not in PRIVATE)
    }


def _of_registers(taken: Sequence[ReadingOutcome], dropped: bool) -> dict[str, Any]:
    """The values of one meter's readings: use is told of all its registers together."""
    values = values_of(taken[0])
    known = [one.use for one in taken if one.linked and one.use is not None and not one.flagged]
    # A register without use costs nothing, whatever the tariff.
    costs = [one.cost if one.use else Decimal(0) for one in taken if one.linked]
    cost = sum(one for one in costs if one is not None)
    key = "zero" if not sum(known) else "cost" if None not in costs else "use"
    used = {
        "response": f"utter_reading_{key}",
        "values": {**values, "use": sum(known), "cost": str(cost)},
    }
    note = (
        {"response": "utter_reading_checked"}
        if any(one.flagged for one in taken)
        else _note(taken[-1], dropped)
    )
    return {
        **values,
        "readings": [marked(one.digits or one.sent_digits, one.register) for one in taken],
        "used": used if len(known) == len(taken) and not note else None,
        "note": note,
    }


def _line(outcome: ReadingOutcome) -> str:
    if outcome.flagged:
        return "utter_reading_line_for_review"
    return "utter_reading_line_used" if outcome.linked and outcome.use is not None else "utter_reading_line"


def _used(outcome: ReadingOutcome, values: dict[str, Any], short: bool) -> dict[str, Any] | None:
    """What was used, and where the message has the room, what that costs."""
    if not outcome.linked or outcome.use is None:
        return None
    key = "zero" if outcome.use == 0 else "cost" if outcome.cost and not short else "use"
    return {"response": f"utter_reading_{key}", "values": values}


def _note(outcome: ReadingOutcome, dropped: bool) -> dict[str, Any] | None:
    """One word more where it helps: what is missing or left out, or that the bill's window is not open."""
    if outcome.registers:
        return {"response": "utter_reading_other_registers", "values": {"registers": list(outcome.registers)}}
    names = ["dropped"] if dropped else [name for name in outcome.flags if name in ("early", "late")]
    return {"response": f"utter_reading_{names[0]}"} if names else None
