"""The measures of a report, in their order; docs/measures.md defines each one, and a test holds that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Unit = Literal["cases", "events", "people", "percent", "mean", "rand", "incidents"]
Sums = Mapping[str, Decimal | int]


@dataclass(frozen=True)
class Measure:
    """A number of the report. Of `percent` and `mean`: `over` divided by the sum of `under`."""

    name: str
    unit: Unit
    over: str = ""
    under: tuple[str, ...] = ()

    def of(self, sums: Sums) -> Decimal | int | None:
        """Its value; None where there is nothing of which it could be a share."""
        if not self.under:
            return sums.get(self.name, 0)
        base = sum(sums.get(name, 0) for name in self.under)
        if not base:
            return None
        share = Decimal(sums.get(self.over, 0)) / base
        return (share * 100).quantize(Decimal("0.1")) if self.unit == "percent" else share.quantize(_CENT)


_CENT = Decimal("0.01")


def _each(unit: Unit, *names: str) -> tuple[Measure, ...]:
    return tuple(Measure(name, unit) for name in names)


def measures(steps: int) -> tuple[Measure, ...]:
    """Every measure, for a ladder of so many steps."""
    return (
        *_each("cases", "received"),
        *_each("people", "people"),
        *_each("cases", "open_at_end", "overdue_at_end"),
        *_each("cases", "kept", "broken"),
        Measure("kept_share", "percent", "kept", ("kept", "broken")),
        *_each("cases", "resolved", "resolved_late", "resolved_by_people", "resolved_by_system"),
        *_each("events", "resolutions"),
        *_each("cases", "withdrawn", "reopened"),
        *_each("events", "reopenings"),
        *_each("cases", "acknowledged", "response_in_time", "response_late"),
        Measure("response_share", "percent", "response_in_time", ("response_in_time", "response_late")),
        *_each("cases", "escalated"),
        *_each("events", "escalations", *(f"escalated_{step}" for step in range(1, steps + 1))),
        *_each("cases", "referred"),
        *_each("events", "referrals_within", "referrals_across", "referrals_outside"),
        *_each("events", "referrals_accepted", "referrals_declined", "ping_pongs"),
        *_each("cases", "asked", "fixed", "not_fixed", "rated"),
        Measure("rating_mean", "mean", "rating_sum", ("rated",)),
        Measure("rated_well_share", "percent", "rated_well", ("rated",)),
        *_each("events", "upheld", "partly", "rejected", "holds_placed"),
        *_each("rand", "held_at_end"),
        *_each("cases", "praise_shared"),
        *_each("incidents", "outages", "planned_works"),
        *_each("cases", "in_incidents"),
    )


def added(many: Iterable[Sums]) -> dict[str, Decimal | int]:
    """The sums of all of them together."""
    total: dict[str, Decimal | int] = {}
    for sums in many:
        for name, value in sums.items():
            total[name] = total.get(name, 0) + value
    return total
