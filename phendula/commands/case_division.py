"""`phendula case divide`: one case that holds two matters made two."""

from datetime import date
from typing import Annotated
from uuid import UUID

import typer

from crm_store.domain.needs import missing
from crm_store.domain.places import Gazetteer
from crm_store.domain.region import Region
from crm_store.domain.typed_values import read_amount, read_number
from crm_store.matters import CLASSES, matter_of
from crm_store.region import of_region
from crm_store.services.confidence import case_for
from crm_store.services.divisions import SecondMatter, divide_case
from phendula.commands.case_deeds import By, Reference, deed, due
from phendula.commands.refusal import Refusal

gazetteer = of_region(Gazetteer)
#: What the second matter needs, by the option that says it.
_OPTIONS = {
    "location": "--place",
    "account_number": "--account",
    "amount": "--amount",
    "reading": "--reading",
    "month": "--month",
}


def divide(
    reference: Reference,
    text: Annotated[str, typer.Argument(help="What the second matter is.")],
    category: Annotated[str, typer.Option("--category", help="Such as streetlights.")],
    case_class: Annotated[str, typer.Option("--class", help="One of: " + ", ".join(CLASSES))] = "complaint",
    place: Annotated[str | None, typer.Option(help="Where it is; else where the first one is.")] = None,
    to: Annotated[
        str | None, typer.Option(metavar="KDM/roads", help="The department; else by the rules.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Of the bill; else the first one's.")
    ] = None,
    amount: Annotated[str | None, typer.Option(metavar="RAND", help="In dispute, such as 4560.50.")] = None,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="Of the bill.")] = None,
    reading: Annotated[str | None, typer.Option(metavar="DIGITS", help="What the meter shows.")] = None,
    message: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Goes along; the time counts from the first one. May be repeated."),
    ] = None,
    file: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="A picture that goes along. May be repeated.")
    ] = None,
    by: By = "console",
) -> None:
    """Split a case that holds two matters in two; the person hears the new reference once.

    `phendula case show REFERENCE --json` has the ids of its files, `phendula conversation show … --json`
    those of its messages.
    """
    with deed() as (session, region, now):
        case = case_for(session, region, reference, f"agent:{by}")
        if place is None:
            place = case.location_text or case.place
        if account is None and case_class == "dispute" and not case.anonymous:
            account = case.account_number
        near, location_text = gazetteer().locate(place or "")
        second = SecondMatter(
            case_class=case_class,
            category=category,
            description=text,
            place=near.name if near else None,
            location_text=location_text,
            to=to,
            account_number=_account(account, region),
            disputed_amount=_amount(amount),
            reading=_digits(reading),
            period=_month(month),
            messages=_ids(message),
            photos=_ids(file),
        )
        _insist_on_whole(second, region)
        new = divide_case(session, region, reference, second, f"agent:{by}", now)
        whose = f"{new.municipality}/{new.department}"
        told = f"{new.reference} is the second matter, with {whose}{due(new.due_at)}."
    typer.echo(told)


def _insist_on_whole(second: SecondMatter, region: Region) -> None:
    if matter_of(region, f"{second.case_class}:{second.category}") is None:
        raise Refusal(
            f"there is no {second.case_class} about {second.category}:"
            f" --class is one of {', '.join(CLASSES)}, --category one of {', '.join(region.categories)}."
        )
    known = {
        "description": second.description.strip(),
        "location": second.location_text,
        "account_number": second.account_number,
        "amount": second.disputed_amount,
        "reading": second.reading,
        "month": second.period,
    }
    lacking = missing(region, second.case_class, second.category, known)
    options = [_OPTIONS[name] for name in lacking if name in _OPTIONS]
    if options:
        raise Refusal(f"a {second.case_class} about {second.category} needs {', '.join(options)}, too.")


def _account(typed: str | None, region: Region) -> str | None:
    account = read_number(typed, region.account_format) if typed else None
    if typed and account is None:
        raise Refusal(f"'{typed}' is no account number; one looks like {region.account_format.example}.")
    return account


def _amount(typed: str | None) -> str | None:
    amount = read_amount(typed) if typed else None
    if typed and amount is None:
        raise Refusal(f"'{typed}' is no amount; write it like 4560 or 4560.50.")
    return str(amount) if amount is not None else None


def _digits(typed: str | None) -> str | None:
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) <= 9):
        raise Refusal(f"'{typed}' is no reading; write the black digits of the meter, such as 02214.")
    return typed or None


def _month(typed: str | None) -> str | None:
    try:
        return date.fromisoformat(f"{typed}-01").strftime("%Y-%m") if typed else None
    except ValueError:
        raise Refusal(f"'{typed}' is no month; write it like 2026-07.") from None


def _ids(typed: list[str] | None) -> list[UUID]:
    try:
        return [UUID(one) for one in typed or ()]
    except ValueError:
        raise Refusal(f"an id is wrong in {', '.join(typed or ())}: it looks like {UUID(int=0)}.") from None
