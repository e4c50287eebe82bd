"""What a use costs at the present tariff: steps, with VAT. An estimate for the person, not a bill."""

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from crm_store.domain.region import Service, Tariff
from crm_store.domain.registers import says


def present_tariff(
    tariffs: Iterable[Tariff], service: Service, municipality: str, on: dt.date, register: str = ""
) -> Tariff | None:
    """The newest tariff in force that has a price for the register ('' of an ordinary meter: that has steps),
    the municipality's own before the region's; None when none is known.
    """
    fitting = [
        tariff
        for tariff in tariffs
        if tariff.service == service
        and (_price(tariff, register) is not None if register else tariff.steps)
        and tariff.valid_from <= on
        and tariff.municipality in (None, municipality)
    ]
    return max(fitting, key=lambda one: (one.municipality is not None, one.valid_from), default=None)


def cost_of(tariff: Tariff, use: int, days: int, register: str = "") -> Decimal:
    """Rand, VAT included, for `use` (kl or kWh) over `days`; the steps are a month's and grow with the days,
    a register has one price.

    What is fixed a month (basic charges) is not in it. Raises ValueError when the tariff has no such price.
    """
    if register:
        price = _price(tariff, register)
        if price is None:
            raise ValueError(f"the tariff has no price for register {register}")
        return _with_vat(tariff, use * price)
    months = Decimal(max(days, 1)) / Decimal("30.4375")
    left, lower, cost = Decimal(use), Decimal(0), Decimal(0)
    for step in tariff.steps:
        width = left if step.up_to is None else min(left, max(step.up_to * months - lower, Decimal(0)))
        cost += width * step.price
        left -= width
        lower += width
    cost += left * tariff.steps[-1].price
    return _with_vat(tariff, cost)


def _price(tariff: Tariff, register: str) -> Decimal | None:
    return next((price for word, price in tariff.registers.items() if says(word, register) == "this"), None)


def _with_vat(tariff: Tariff, cost: Decimal) -> Decimal:
    return (cost * (100 + tariff.vat_percent) / 100).quantize(Decimal(1), ROUND_HALF_UP)
