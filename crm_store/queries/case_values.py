"""What texts say of a case, by the names that crm_store.texts writes."""

from datetime import datetime
from typing import Any

from crm_store.tables import Case


def case_values(case: Case) -> dict[str, Any]:
    """The values of every text about a case."""
    return {
        "reference": case.reference,
        "category": case.category,
        "place": case.location_text or case.place,
        "department": f"{case.municipality}/{case.department}",
        "referred_to": case.referred_to,
        "due_at": case.due_at.isoformat() if case.due_at else None,
        "amount": str(case.disputed_amount) if case.disputed_amount is not None else None,
        "account_number": case.account_number,
        "month": case.period,
    }


def promise_values(due_at: datetime | None, expected_at: datetime | None, now: datetime) -> dict[str, Any]:
    """By when it is done, honestly: as promised, or as expected by now; a time that is past is owned."""
    by = expected_at or due_at
    if by is None:
        return {"response": "utter_when_open", "values": {}}
    if by < now:
        return {"response": "utter_when_late", "values": {}}
    if expected_at is not None:
        return {"response": "utter_when_expected", "values": {"expected_at": expected_at.isoformat()}}
    return {"response": "utter_when_promised", "values": {"due_at": by.isoformat()}}
