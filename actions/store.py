"""The way from actions to the case store: one transaction a deed, and the municipality's data."""

from __future__ import annotations

from functools import cache
from typing import Any

from crm_store.database import transaction
from crm_store.domain.knowledge import Knowledge
from crm_store.domain.municipality import load_region
from crm_store.domain.places import Gazetteer
from crm_store.domain.region import Region
from crm_store.settings import settings
from crm_store.tables import Case

__all__ = ["case_values", "gazetteer", "knowledge", "region", "transaction"]


@cache
def region() -> Region:
    """The municipalities served, from the file that PHENDULA_MUNICIPALITIES names."""
    return load_region(settings().municipalities)


@cache
def gazetteer() -> Gazetteer:
    """Its places."""
    return Gazetteer(region())


@cache
def knowledge() -> Knowledge:
    """The questions that are answered at once."""
    return Knowledge.of(region())


def case_values(case: Case) -> dict[str, Any]:
    """What replies say of a case, by the names that crm_store.texts writes."""
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
