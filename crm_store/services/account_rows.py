"""One row of the billing system's file, checked field by field."""

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from crm_store.domain.registers import register_code
from crm_store.domain.typed_values import read_phone
from crm_store.services.account_proofs import id_hash

COLUMNS = (
    *("account_number", "municipality", "service", "meter_number", "dials", "last_reading"),
    *("last_reading_date", "average_per_month", "holder", "phone", "read_day", "balance", "id_last4"),
    "register",
)
#: The others may be blank, and their columns may be left out.
REQUIRED = COLUMNS[:5]


def _written(form: str) -> Callable[[str], date]:
    return lambda value: datetime.strptime(value, form).date()  # noqa: DTZ007 (a day has no time zone)


#: Tried behind the ISO form, which is much faster to read than these.
_OTHER_DATES = tuple(map(_written, ("%Y/%m/%d", "%d/%m/%Y")))


#: South African mobile numbers that are valid whatever follows: reading a million of them must not take half
#: a minute. All others are left to `read_phone`.
_MOBILE = re.compile(r"(?:\+27|0)((?:7[1-46-9]|8[2-4])[0-9]{7})")


class BadField(ValueError):
    """A field of a row cannot be used."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        self.reason = reason
        super().__init__(f"{field}: {reason}")


def read_row(row: dict[str, str], municipalities: Collection[str]) -> tuple[object, ...]:
    """The row's values in the order of COLUMNS, None for blanks; raises BadField for the first fault."""
    given = {name: (row.get(name) or "").strip() for name in COLUMNS}
    for name in REQUIRED:
        if not given[name]:
            raise BadField(name, "is missing")
    municipality = given["municipality"].upper()
    if municipality not in municipalities:
        raise BadField(
            "municipality", f"{_shown(municipality)} is not one of {', '.join(sorted(municipalities))}"
        )
    service = given["service"].lower()
    if service not in ("water", "electricity"):
        raise BadField("service", f"{_shown(service)} is neither water nor electricity")
    dials = _whole("dials", given["dials"], 3, 9)
    last_reading = _whole("last_reading", given["last_reading"], 0, 10**9 - 1)
    if last_reading is not None and dials is not None and last_reading >= 10**dials:
        raise BadField("last_reading", f"{last_reading} does not fit a dial of {dials} digits")
    account_number = _number("account_number", given["account_number"], 3)
    return (
        account_number,
        municipality,
        service,
        _number("meter_number", given["meter_number"], 1),
        dials,
        last_reading,
        _date(given["last_reading_date"]),
        _amount("average_per_month", given["average_per_month"], least=Decimal(0)),
        given["holder"][:200] or None,
        _phone(given["phone"]),
        _whole("read_day", given["read_day"], 1, 31),
        _amount("balance", given["balance"]),
        _id_hash(account_number, given["id_last4"]),
        _register(given["register"]),
    )


def _shown(value: str) -> str:
    return f"'{value[:40]}'"


def _number(field: str, value: str, least: int) -> str:
    """An account or meter number: spaces and dashes are left out, letters (of meters) are capitals."""
    compact = re.sub(r"[\s\-/]", "", value).upper()
    if not (
        least <= len(compact) <= 24 and re.fullmatch(r"[0-9A-Z]+", compact) and re.search(r"[0-9]", compact)
    ):
        raise BadField(field, f"{_shown(value)} is not a number of {least} to 24 digits or letters")
    return compact


def _whole(field: str, value: str, least: int, most: int) -> int | None:
    if not value:
        return None
    if not re.fullmatch(r"[0-9]{1,12}(\.0+)?", value):
        raise BadField(field, f"{_shown(value)} is not a whole number")
    number = int(value.partition(".")[0])
    if not least <= number <= most:
        raise BadField(field, f"{number} is not between {least} and {most}")
    return number


def _amount(field: str, value: str, least: Decimal | None = None) -> Decimal | None:
    """'1234.56', 'R1 234,56', '1,234.56': a comma alone is the decimal sign, as South Africa writes it."""
    if not value:
        return None
    compact = re.sub(r"^(-?)R", r"\1", re.sub(r"\s", "", value))
    compact = compact.replace(",", "") if "." in compact else compact.replace(",", ".")
    if not re.fullmatch(r"-?[0-9]{1,11}(\.[0-9]{1,6})?", compact):
        raise BadField(field, f"{_shown(value)} is not an amount")
    try:
        amount = Decimal(compact)
    except InvalidOperation:
        raise BadField(field, f"{_shown(value)} is not an amount") from None
    if least is not None and amount < least:
        raise BadField(field, f"{amount} is below {least}")
    return round(amount, 3 if field == "average_per_month" else 2)


def _date(value: str) -> date | None:
    if not value:
        return None
    for read in (date.fromisoformat, *_OTHER_DATES):
        try:
            day = read(value)
        except ValueError:
            continue
        if day.year >= 1950:
            return day
    raise BadField("last_reading_date", f"{_shown(value)} is not a date such as 2026-07-31")


def _id_hash(account_number: str, value: str) -> str | None:
    if not value:
        return None
    digits = value.zfill(4)  # spreadsheets drop leading zeros
    if not re.fullmatch(r"[0-9]{4}", digits):
        raise BadField("id_last4", "is not the last four digits of an ID number")
    return id_hash(account_number, digits)


def _register(value: str) -> str:
    if not value:
        return ""
    try:
        return register_code(value)
    except ValueError as error:
        raise BadField("register", str(error)) from None


def _phone(value: str) -> str | None:
    if not value:
        return None
    if (mobile := _MOBILE.fullmatch(value.replace(" ", ""))) is not None:
        return f"+27{mobile[1]}"
    number = read_phone(value)
    if number is None:
        raise BadField("phone", f"{_shown(value)} is not a telephone number")
    return number
