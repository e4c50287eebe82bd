"""The words of a notice: which text tells this move of this case, with which values."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm_store.domain.region import Region
from crm_store.queries.case_values import case_values, promise_values
from crm_store.tables import Case

#: What staff wrote in their own words, and which of it gives way when a text would not fit one SMS.
STAFFS_WORDS = ("done", "reason", "cause", "question")
FREE_WORDS = STAFFS_WORDS[:3]
_PLACE = 18


def words_of(
    region: Region,
    case: Case,
    kind: str,
    said: Mapping[str, Any],
    expected_at: datetime | None,
    now: datetime,
) -> tuple[str, dict[str, Any]]:
    """Key and values of the notice's text. `expected_at`: the new date of a case that is late."""
    values = {
        **case_values(case),
        **said,
        "when": promise_values(case.due_at, expected_at, now),
    }
    place = case.place or _short(case.location_text)
    key = "utter_matter" if place else "utter_matter_no_place"
    values["matter"] = {"response": key, "values": {"category": case.category, "place": place}}
    for name in STAFFS_WORDS:
        if name in values:
            values[name] = _sentence(values[name])
    match kind:
        case "waiting":
            return "utter_ask_case_answer", values
        case "follow_up":
            asked = "answered" if case.case_class == "query" else "fixed"
            return "utter_ask_fixed", {
                **values,
                "is_it": {"response": f"utter_is_it_{asked}", "values": values},
            }
        case "resolved" if case.case_class == "query":
            return "utter_notice_answered", values
        case "delayed":
            default = {"response": "utter_cause_default", "values": {}}
            return "utter_notice_delayed", {**values, "cause": values.get("reason") or default}
        case "referred_out":
            external = region.externals.get(case.referred_to or "")
            phone = external.phone if external else None
            call = {"response": "utter_call", "values": {"phone": phone}} if phone else None
            return "utter_notice_referred_out", {**values, "call": call}
        case "decided":
            amount = said.get("amount")
            credit = {"response": "utter_credit", "values": {"amount": amount}} if amount else None
            return f"utter_notice_decided_{said['outcome']}", {**values, "credit": credit}
        case "incident_known":
            until = said.get("expected_at")
            when = promise_values(None, datetime.fromisoformat(until) if until else None, now)
            return "utter_notice_incident_known", {**values, "when": when}
        case "merged" if not said.get("other"):
            return "utter_notice_joined", values
        case "incident_over" if said.get("announced"):
            return "utter_notice_planned_over", values
    return f"utter_notice_{kind}", values


def _short(place: str | None) -> str | None:
    """Where it is, in the person's own words, as far as a notice has room for them."""
    return f"{place[:_PLACE]}..." if place and len(place) > _PLACE else place


def words_of_account(kind: str, said: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Key and values of a notice that is about no case."""
    values = dict(said)
    for name in STAFFS_WORDS:
        if name in values:
            values[name] = _sentence(values[name])
    return f"utter_notice_{kind}", values


def _sentence(text: Any) -> Any:
    """Staff's words as one sentence of the text around it."""
    if not isinstance(text, str):
        return text
    line = re.sub(r"\s+", " ", text).strip()
    return line if not line or line[-1] in ".!?" else f"{line}."
