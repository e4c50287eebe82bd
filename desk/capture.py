"""Somebody stands at the counter or is on the telephone: a case or a reading as fast as on paper."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from crm_store.database import transaction
from crm_store.domain.routing import emergency_number
from crm_store.matters import Matter, find_matters, matters, read_matter, words_to_find
from crm_store.queries.captured import CapturedForm, captured_form, owner_of, similar_cases
from crm_store.queries.citizen_search import Found, found_of, search_citizens, visible
from crm_store.queries.public_status import public_case
from crm_store.region import region
from crm_store.services.audit import note_view
from crm_store.services.captures import (
    CaptureChannel,
    CapturedCase,
    NumberOfAnother,
    Person,
    UnknownPerson,
    capture_case,
    capture_detail,
    send_receipt,
)
from crm_store.services.cases import CaseNotFound
from crm_store.services.confidence import NotForThem
from crm_store.settings import settings
from crm_store.tables import Case, new_id
from crm_store.texts import LANGUAGES
from desk.access import SignedIn, allowed
from desk.case_form import CaseFields, key_of, months, read_case_form
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.words import _, language, speaking

router = APIRouter(prefix="/desk/capture")

CHANNELS: tuple[CaptureChannel, ...] = ("walk_in", "phone")
#: So many people are offered beside what is typed.
MOST_FOUND = 6

Who = Annotated[SignedIn, Depends(allowed("capture"))]
Sent = Annotated[Form, Depends(posted)]


@router.get("")
def form(request: Request, who: Who, citizen: str = "", by: str = "walk_in") -> HTMLResponse:
    """The empty form, for a person who is known already or for the next one."""
    start = [("key", str(new_id())), ("by", by), ("updates", "1"), ("citizen", citizen)]
    return _form(request, who, Form(start, []), {})


@router.get("/_who")
def look_up(request: Request, who: Who, phone: str = "", name: str = "") -> HTMLResponse:
    """Who it may be, while number and name are being typed."""
    with transaction() as session:
        found = _look_up(session, who, phone, name)
    return page(request, who, "capture/_who.html", found=found, chosen="", phone=phone, name=name)


@router.post("")
def store(request: Request, who: Who, form: Sent) -> Response:
    """Store the case, once; then its slip."""
    now, key = datetime.now(UTC), key_of(form)
    if form["find"]:
        return _form(request, who, form, {})
    with transaction() as session:
        if captured_form(session, region(), who.scope, who.actor, key, now) is not None:
            return redirect(f"/desk/capture/{key}", who)
    matter = read_matter(region(), form["about_is"] or form["about"])
    if matter is None:
        said = _("Choose what it is about.") if form["about"] else _("What is it about? A word will do.")
        return _form(request, who, form, {"about": said}, status=422)
    fields = read_case_form(form, region(), matter)
    faults = dict(fields.faults)
    if faults:
        return _form(request, who, form, faults, matter, status=422)
    try:
        with transaction() as session:
            person = _person(session, who, form, fields)
            alike = _alike(session, who, form, person, matter, now)
            if form["add"]:
                reference = _one_of(alike, form["add"])
                capture_detail(
                    session, region(), key, _by(form), reference, fields.description, who.actor, now
                )
            elif not alike:
                captured = _captured(who, form, key, person, matter, fields)
                capture_case(session, region(), captured, who.actor, now)
    except NumberOfAnother:
        fault = {"phone": _("This number belongs to another person's record. Choose that record above.")}
        return _form(request, who, form, fault, matter, status=422)
    except (UnknownPerson, CaseNotFound, NotForThem):
        fault = {"phone": _("This record is not there any more. Look the person up again.")}
        return _form(request, who, form, fault, matter, status=422)
    if alike and not form["add"]:
        return _form(request, who, form, {}, matter, alike=alike)
    return redirect(f"/desk/capture/{key}", who)


@router.get("/{key}")
def stored(request: Request, who: Who, key: UUID) -> HTMLResponse:
    """What was stored: the reference to say aloud, the slip, and the next person."""
    with transaction() as session:
        found = _captured_form(session, who, key)
        public = public_case(session, found.case) if found.case else None
        in_area = found.case is not None and who.scope.holds(
            found.case.municipality, found.case.department, _ward(found.case)
        )
    return page(
        request,
        who,
        "capture/stored.html",
        found=found,
        public=public,
        in_area=in_area,
        number=_emergency_number(found.case),
    )


@router.post("/{key}/sms")
def send_sms(who: Who, key: UUID, _form: Sent) -> Response:
    """Send the slip by SMS: the person agrees now."""
    with transaction() as session:
        found = _captured_form(session, who, key)
        if found.case is None or found.sms != "possible":
            raise HTTPException(404)
        send_receipt(session, region(), found.case, who.actor, datetime.now(UTC))
    return redirect(f"/desk/capture/{key}", who, flash=_("The SMS is on its way."))


@router.get("/{key}/slip")
def slip(request: Request, who: Who, key: UUID, paper: str = "80") -> HTMLResponse:
    """The slip as it is printed, in the person's language: 80 mm wide, or A4."""
    with transaction() as session:
        found = _captured_form(session, who, key)
        public = public_case(session, found.case) if found.case else None
    spoken = (found.case.language if found.case else None) or (found.citizen and found.citizen.language)
    with speaking(spoken or language()):
        return page(
            request,
            who,
            "capture/slip.html",
            found=found,
            public=public,
            paper="a4" if paper == "a4" else "narrow",
            status_address=f"{settings().public_url}/report/status",
        )


def _captured(
    who: SignedIn, form: Form, key: UUID, person: Person, matter: Matter, fields: CaseFields
) -> CapturedCase:
    return CapturedCase(
        key=key,
        channel=_by(form),
        person=person,
        case_class=matter.case_class,
        category=matter.category,
        description=fields.description,
        place=fields.place,
        location_text=fields.location_text,
        account_number=fields.account_number,
        disputed_amount=fields.amount,
        reading=fields.reading,
        period=fields.period,
        emergency=bool(form["emergency"]) and matter.case_class == "complaint",
        anonymous=bool(form["anonymous"]),
        told_in=who.municipality,
    )


def _person(session: Session, who: SignedIn, form: Form, fields: CaseFields) -> Person:
    """Whom the clerk means: the record chosen, the number's owner, a new person; nobody when unnamed."""
    spoken = form["language"] if form["language"] in LANGUAGES else None
    if form["anonymous"]:
        return Person(language=spoken or language())
    chosen = _uuid(form["citizen"])
    owner = owner_of(session, form["phone"])
    if chosen is not None and chosen != owner and not visible(session, region(), who.scope, chosen):
        raise UnknownPerson("not of this area")
    citizen_id = chosen or owner
    known = found_of(session, region(), who.scope, citizen_id) if citizen_id else None
    return Person(
        citizen_id=chosen,
        phone=fields.phone,
        name=fields.name,
        language=spoken or (known.language if known else None) or language(),
        updates=bool(form["updates"]),
    )


def _alike(
    session: Session, who: SignedIn, form: Form, person: Person, matter: Matter, now: datetime
) -> list[Case]:
    """What the same person reported already, unless the clerk said that this is something else."""
    citizen_id = person.citizen_id or (owner_of(session, person.phone) if person.phone else None)
    if citizen_id is None or form["again"] or matter.case_class == "compliment":
        return []
    return similar_cases(session, region(), who.scope, citizen_id, matter.category, now)


def _one_of(alike: list[Case], reference: str) -> str:
    if reference not in [case.reference for case in alike]:
        raise CaseNotFound(reference)
    return reference


def _look_up(session: Session, who: SignedIn, phone: str, name: str) -> list[Found]:
    """By the number when it is whole, else by the name; each look is written down."""
    typed = phone.strip()[:40] or name.strip()[:100]
    found = search_citizens(session, region(), who.scope, typed, MOST_FOUND, present=True) if typed else []
    if not found and phone.strip() and name.strip():
        found = search_citizens(session, region(), who.scope, name.strip()[:100], MOST_FOUND)
    for one in found:
        note_view(session, who.actor, "citizen", one.citizen_id, datetime.now(UTC))
    return found


def _form(
    request: Request,
    who: SignedIn,
    form: Form,
    faults: dict[str, str],
    matter: Matter | None = None,
    *,
    alike: list[Case] | None = None,
    status: int = 200,
) -> HTMLResponse:
    with transaction() as session:
        found = _look_up(session, who, form["phone"], form["name"])
        chosen = _uuid(form["citizen"])
        if chosen is not None and chosen not in [one.citizen_id for one in found]:
            one = found_of(session, region(), who.scope, chosen)
            if one is not None:
                note_view(session, who.actor, "citizen", chosen, datetime.now(UTC))
                found = [one, *found]
    offered = matters(region())
    return page(
        request,
        who,
        "capture/form.html",
        status,
        form=form,
        faults=faults,
        found=found,
        chosen=str(chosen or ""),
        phone=form["phone"],
        name=form["name"],
        matter=matter,
        alike=alike or [],
        offered=[
            (one.code, one.title(region(), language()), words_to_find(region(), one, language()))
            for one in offered
        ],
        suggested=find_matters(region(), form["about"]) if "about" in faults else [],
        places=[(place.name, ", ".join(place.aliases)) for place in region().places],
        months=months(datetime.now(UTC).date()),
        channels=CHANNELS,
        languages=LANGUAGES,
        emergency=region().emergency.national["any"],
    )


def _captured_form(session: Session, who: SignedIn, key: UUID) -> CapturedForm:
    found = captured_form(session, region(), who.scope, who.actor, key, datetime.now(UTC))
    if found is None:
        raise HTTPException(404)
    if found.citizen is not None:
        note_view(session, who.actor, "citizen", found.citizen.id, datetime.now(UTC))
    return found


def _emergency_number(case: Case | None) -> str | None:
    if case is None or case.priority != "emergency":
        return None
    kinds = region().emergency.kinds.items()
    kind = next((name for name, one in kinds if one.category == case.category), "")
    place = region().place_named(case.place) if case.place else None
    return emergency_number(region(), kind, case.municipality, place).number


def _ward(case: Case) -> str | None:
    place = region().place_named(case.place) if case.place else None
    return f"{place.municipality}/{place.ward}" if place and place.ward else None


def _by(form: Form) -> CaptureChannel:
    return "phone" if form["by"] == "phone" else "walk_in"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
