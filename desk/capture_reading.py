"""A meter reading brought to the counter or rung in: the same checks as by message."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from crm_store.database import transaction
from crm_store.domain.registers import example_of
from crm_store.domain.typed_values import read_phone
from crm_store.region import region
from crm_store.services.captures import NumberOfAnother, Person, UnknownPerson, capture_reading
from crm_store.services.reading_outcomes import ReadingOutcome
from crm_store.tables import new_id
from desk.access import SignedIn, allowed
from desk.capture import CHANNELS
from desk.case_form import key_of
from desk.forms import Form, posted, redirect
from desk.names import register_name, service_name
from desk.pages import date_in_words, page
from desk.words import _

router = APIRouter(prefix="/desk/capture")

SERVICES = ("water", "electricity")
#: Longer is nothing that a dial shows.
LONGEST = 30
#: Of several registers each with its name.
LONGEST_READINGS = 80

Who = Annotated[SignedIn, Depends(allowed("capture"))]
Sent = Annotated[Form, Depends(posted)]


@router.get("/reading")
def form(request: Request, who: Who, by: str = "walk_in") -> HTMLResponse:
    """The empty form."""
    return _form(request, who, Form([("key", str(new_id())), ("by", by)], []), {})


@router.post("/reading")
def store(request: Request, who: Who, form: Sent) -> Response:
    """Take the reading, once; what looks wrong is asked about first."""
    key, faults = key_of(form), {}
    phone = read_phone(form["phone"]) if form["phone"] else None
    if form["phone"] and phone is None:
        faults["phone"] = _("This is no telephone number. Write it like 082 123 4567, or leave it out.")
    if not form["number"]:
        faults["number"] = _("Write the account number or the number on the meter.")
    if not form["digits"]:
        faults["digits"] = _("What does the meter show?")
    if faults:
        return _form(request, who, form, faults, status=422)
    try:
        with transaction() as session:
            outcome = capture_reading(
                session,
                region(),
                key=key,
                channel="phone" if form["by"] == "phone" else "walk_in",
                person=Person(phone=phone, name=form["name"][:100] or None),
                account_number=form["number"][:LONGEST],
                meter_number=form["number"][:LONGEST],
                digits=form["digits"][:LONGEST_READINGS],
                service=form["service"] if form["service"] in SERVICES else None,
                insists=bool(form["insists"]),
                actor=who.actor,
                now=datetime.now(UTC),
            )
    except (NumberOfAnother, UnknownPerson):  # nobody was chosen here
        return _form(request, who, form, {"phone": _("Please look the person up again.")}, status=422)
    if outcome.kind == "taken":
        return redirect(f"/desk/capture/{key}", who)
    faults = _why_not(outcome)
    if outcome.register and "digits" in faults:
        faults["digits"] = f"{register_name(outcome.register)}: {faults['digits']}"
    return _form(request, who, form, faults, outcome, status=200 if _may_insist(outcome) else 422)


def _why_not(outcome: ReadingOutcome) -> dict[str, str]:
    """What is said beside which field."""
    match outcome.kind:
        case "unknown_account":
            return {"number": _("Billing has no open account and no meter with this number.")}
        case "which_meter":
            return {
                "service": _("There are several meters: %(which)s. Choose, or write the number on the meter.",
                             which=", ".join(map(service_name, outcome.services)))
            }  # fmt: skip
        case "which_register":
            return {
                "digits": _("This meter has several readings: write each with its name, such as %(example)s.",
                            example=example_of(outcome.registers))
            }  # fmt: skip
        case "wrong_digits":
            return {"digits": _("This meter shows %(num)s black digits.", num=outcome.dials)}
        case "repeated":
            return {
                "digits": _("We have this reading already, of %(day)s.", day=date_in_words(outcome.taken_on))
            }
        case "below_last":
            return {
                "digits": _("It is lower than the last reading, %(last)s. A new meter, or past all nines?",
                            last=outcome.last_reading)
            }  # fmt: skip
        case _:
            return {
                "digits": _("It means %(use)s %(unit)s since last time; usual is about %(usual)s.",
                            use=outcome.use, unit=outcome.unit, usual=outcome.usual)
            }  # fmt: skip


def _may_insist(outcome: ReadingOutcome | None) -> bool:
    return outcome is not None and outcome.kind in ("below_last", "implausible")


def _form(
    request: Request,
    who: SignedIn,
    form: Form,
    faults: dict[str, str],
    outcome: ReadingOutcome | None = None,
    *,
    status: int = 200,
) -> HTMLResponse:
    return page(
        request,
        who,
        "capture/reading.html",
        status,
        form=form,
        faults=faults,
        channels=CHANNELS,
        services=SERVICES,
        may_insist=_may_insist(outcome),
    )
