"""What a use costs at the present tariff: steps, with VAT. An estimate for the person, not a bill."""

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from crm_store.domain.region import Service, Tariff


def present_tariff(
    tariffs: Iterable[Tariff], service: Service, municipality: str, on: dt.date
) -> Tariff | None:
    """The newest tariff in force, the municipality's own before the region's; None when none is known."""
    fitting = [
        tariff
        for tariff in tariffs
        if tariff.service == service
        and tariff.valid_from <= on
        and tariff.municipality in (None, municipality)
    ]
    return max(fitting, key=lambda one: (one.municipality is not None, one.valid_from), default=None)


def cost_of(tariff: Tariff, use: int, days: int) -> Decimal:
    """Rand, VAT included, for `use` (kl or kWh) over `days`; the steps are a month's and grow with the days.

    What is fixed a month (basic charges) is not in it.
    """
    months = Decimal(max(days, 1)) / Decimal("30.4375")
    left, lower, cost = Decimal(use), Decimal(0), Decimal(0)
    for step in tariff.steps:
        width = left if step.up_to is None else min(left, max(step.up_to * months - lower, Decimal(0)))
        cost += width * step.price
        left -= width
        lower += width
    cost += left * tariff.steps[-1].price
    return (cost * (100 + tariff.vat_percent) / 100).quantize(Decimal(1), ROUND_HALF_UP)
