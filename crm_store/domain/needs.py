"""What must still be asked before a case can be opened, in the order in which it is asked."""

from collections.abc import Mapping

from crm_store.domain.region import Region

# Any of these answers the question of the slot.
_ANSWERED_BY: dict[str, tuple[str, ...]] = {
    "account_number": ("account_number", "meter_number"),
    "amount": ("amount", "disputed_amount"),
    "reading": ("reading",),
    "month": ("month", "period"),
    "location": ("location", "location_text", "place", "latitude"),
    "description": ("description",),
}
# A contested reading needs no rand amount, and the other way round.
_IN_A_DISPUTE: dict[str, tuple[str, ...]] = {"amount": ("reading",), "reading": ("amount", "disputed_amount")}


def missing(region: Region, case_class: str, category: str, known: Mapping[str, object]) -> list[str]:
    """The slots still to ask, first one first. `known` maps slot names to values; None and '' are not
    known.
    """
    dispute = case_class == "dispute"
    return [slot for slot in _needed(region, case_class, category) if not _answered(slot, known, dispute)]


def _needed(region: Region, case_class: str, category: str) -> tuple[str, ...]:
    entry = region.categories.get(category)
    if case_class == "complaint":
        return ("description", "location") if entry and entry.needs_place else ("description",)
    if case_class == "query":
        return ("description",)
    if case_class == "dispute":
        return entry.dispute_needs if entry and entry.dispute_needs else ("description",)
    if case_class == "meter_reading":
        return ("account_number", "reading")
    return ()


def _answered(slot: str, known: Mapping[str, object], dispute: bool) -> bool:
    names = _IN_A_DISPUTE.get(slot, ()) if dispute else ()
    return any(known.get(name) not in (None, "") for name in (*_ANSWERED_BY[slot], *names))
