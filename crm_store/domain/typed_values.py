"""What people type into a form: numbers of phones and accounts, and amounts, read forgivingly."""

import re
from decimal import Decimal

import phonenumbers

from crm_store.domain.region import NumberFormat

#: No bill is larger; more digits are an account number in the wrong field.
_MOST_RAND = Decimal(100_000_000)
_SHORTEST_PHONE = len("+2782123456")
_CENTS = re.compile(r"^(?P<rand>.*[0-9])[.,](?P<cents>[0-9]{2})$")


def read_phone(typed: str) -> str | None:
    """'082 123 4567', '+27 82 1234567' -> '+27821234567'; None when it is no number that can exist."""
    try:
        number = phonenumbers.parse(typed, "ZA")
    except phonenumbers.NumberParseException:
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # Short ones exist, too: services of a network, which are nobody's.
    return written if phonenumbers.is_valid_number(number) and len(written) >= _SHORTEST_PHONE else None


def takes_sms(phone: str) -> bool:
    """Whether a message reaches the number: not at a telephone on the wall, nor at a call centre."""
    kind = phonenumbers.number_type(phonenumbers.parse(phone, None))
    return kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def read_number(typed: str, form: NumberFormat) -> str | None:
    """An account or meter number without spaces and dashes, or None when it has not that form."""
    number = re.sub(r"[\s\-./]", "", typed).upper()
    return number if form.matches(number) else None


def read_amount(typed: str) -> Decimal | None:
    """'R4 560,50', '4,560.50', '4560' -> rand; None when it is no amount above zero."""
    text = re.sub(r"^[Rr]|\s", "", typed.strip())
    cents = _CENTS.match(text)
    rand, part = (cents["rand"], cents["cents"]) if cents else (text, "00")
    rand = re.sub(r"[.,](?=[0-9]{3}(?:[.,]|$))", "", rand)
    if not re.fullmatch(r"[0-9]{1,12}", rand):
        return None
    amount = Decimal(f"{rand}.{part}")
    return amount if 0 < amount < _MOST_RAND else None
