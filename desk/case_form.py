"""The fields of a form that opens a case, read and checked: at the counter and on the web alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from crm_store.domain.needs import missing
from crm_store.domain.places import Gazetteer
from crm_store.domain.region import Region
from crm_store.domain.typed_values import read_amount, read_number, read_phone
from crm_store.matters import Matter
from crm_store.region import of_region
from crm_store.tables import new_id
from crm_store.texts import month_in_words
from desk.forms import Form
from desk.words import _, language

LONGEST_TEXT = 4000
LONGEST_LINE = 200
#: Bills that people still contest.
MONTHS_BACK = 24

gazetteer = of_region(Gazetteer)


@dataclass(frozen=True)
class CaseFields:
    """What the form says, as far as it could be read; `faults` by field: what is wrong and what to do."""

    description: str
    place: str | None = None
    location_text: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    account_number: str | None = None
    amount: Decimal | None = None
    reading: str | None = None
    period: str | None = None
    phone: str | None = None
    name: str | None = None
    faults: dict[str, str] = field(default_factory=dict)


def read_case_form(form: Form, region: Region, matter: Matter) -> CaseFields:
    """What stands in description, place, street, pin, account, amount, month, reading, phone and name.

    What the matter needs and is not there is a fault; so is what is there and cannot be read.
    """
    faults: dict[str, str] = {}
    description = form["description"][:LONGEST_TEXT]
    said = ", ".join(part for part in (form["place"][:LONGEST_LINE], form["street"][:LONGEST_LINE]) if part)
    place, location_text = gazetteer().locate(said)
    pin = _pin(form)
    if place is None and pin is not None:
        near = gazetteer().nearest(*pin)
        place = near.place if near else None
    account = amount = reading = period = None
    if matter.case_class == "dispute":
        account, amount, reading, period = _of_the_bill(form, region, faults)
    phone = read_phone(form["phone"]) if form["phone"] else None
    if form["phone"] and phone is None:
        faults["phone"] = _("This is no telephone number. Write it like 082 123 4567, or leave it out.")
    known = {
        "description": description,
        "location": location_text or pin,
        "account_number": account,
        "amount": amount,
        "reading": reading,
        "month": period,
    }
    for slot in missing(region, matter.case_class, matter.category, known):
        name = {"location": "place", "account_number": "account"}.get(slot, slot)
        faults.setdefault(name, _missing_words(name, region))
    if not description and matter.case_class in ("dispute", "compliment"):
        faults["description"] = _missing_words("description", region)
    return CaseFields(
        description=description,
        place=place.name if place else None,
        location_text=location_text,
        latitude=pin[0] if pin else None,
        longitude=pin[1] if pin else None,
        account_number=account,
        amount=amount,
        reading=reading,
        period=period,
        phone=phone,
        name=form["name"][:LONGEST_LINE] or None,
        faults=faults,
    )


def key_of(form: Form) -> UUID:
    """The form's own key; a form that came without one is stored by itself."""
    try:
        return UUID(form["key"])
    except ValueError:
        return new_id()


def months(today: date) -> list[tuple[str, str]]:
    """The months of bills that can be contested, the newest first: ('2026-07', 'July 2026')."""
    first = today.year * 12 + today.month - 1
    found = []
    for back in range(MONTHS_BACK):
        year, month = divmod(first - back, 12)
        value = f"{year}-{month + 1:02}"
        found.append((value, month_in_words(value, language())))
    return found


def asked_for(region: Region, matter: Matter) -> tuple[str, ...]:
    """What else the form asks for this matter: 'account', 'amount', 'month', 'reading'."""
    if matter.case_class != "dispute":
        return ()
    needs = region.categories[matter.category].dispute_needs
    return tuple("account" if name == "account_number" else name for name in needs)


def _of_the_bill(
    form: Form, region: Region, faults: dict[str, str]
) -> tuple[str | None, Decimal | None, str | None, str | None]:
    account = read_number(form["account"], region.account_format) if form["account"] else None
    if form["account"] and account is None:
        faults["account"] = _(
            "An account number looks like %(example)s. It stands on the bill.",
            example=region.account_format.example,
        )
    amount = read_amount(form["amount"]) if form["amount"] else None
    if form["amount"] and amount is None:
        faults["amount"] = _("This is no amount. Write it like 4560 or 4560,50.")
    reading = form["reading"].replace(" ", "") or None
    if reading is not None and not (reading.isascii() and reading.isdigit() and len(reading) <= 9):
        faults["reading"], reading = _("Only the black digits of the meter, such as 02214."), None
    period = form["month"] or None
    if period is not None and not _is_month(period):
        faults["month"], period = _missing_words("month", region), None
    return account, amount, reading, period


def _is_month(text: str) -> bool:
    try:
        return date.fromisoformat(f"{text}-01").strftime("%Y-%m") == text
    except ValueError:
        return False


def _pin(form: Form) -> tuple[float, float] | None:
    """A place on the map within reach of the region; anything else is no pin."""
    try:
        latitude, longitude = float(form["latitude"]), float(form["longitude"])
    except ValueError:
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return (latitude, longitude) if gazetteer().nearest(latitude, longitude, 100.0) else None


def _missing_words(name: str, region: Region) -> str:
    return {
        "description": _("Write what it is about, in your own words."),
        "place": _("Where is it? Write the town or area nearest to it."),
        "account": _(
            "Which account is it? The number looks like %(example)s.",
            example=region.account_format.example,
        ),
        "amount": _("Which amount is it, in rand?"),
        "month": _("Which month's bill is it?"),
        "reading": _("What does the meter show?"),
    }[name]
