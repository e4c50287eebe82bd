"""The public form: anybody reports, asks, disputes or thanks without signing in, and sees how far it is.

No script is needed. Nobody's data is ever shown but to whoever has the form's own address, or the reference
and a number of the person. In a public place the same form runs as a kiosk (`?kiosk=1`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from crm_store.database import transaction
from crm_store.domain.routing import emergency_number
from crm_store.limits import Limit, neighbourhood
from crm_store.matters import CLASSES, Matter, find_matters, matter_of, matters
from crm_store.media_files import keep_file
from crm_store.pictures import CONTENT_TYPE, NoPicture, clean_copy
from crm_store.queries.incidents import told_incident
from crm_store.queries.public_status import PublicCase, captured, public_status
from crm_store.region import region
from crm_store.services.captures import CapturedCase, Person, Picture, capture_case, forms_from
from crm_store.tables import new_id
from crm_store.texts import LANGUAGES
from desk.access import client_address, language_wanted
from desk.case_form import asked_for, key_of, months, read_case_form
from desk.forms import Form, read_form
from desk.pages import page
from desk.words import _, ngettext, speak

router = APIRouter(prefix="/report")

#: The largest photo a telephone takes, and the words around it.
MOST_BYTES = 11 * 1024 * 1024
STRETCH_SECONDS = 600
#: Generous: a telephone network lets many people share one address.
FORMS_OF_ONE_ADDRESS, FORMS_IN_ALL, LOOKS_OF_ONE_ADDRESS = 30, 600, 30
#: Forms that name the same number, in a day: more would be somebody's joke at its owner's cost.
FORMS_OF_ONE_NUMBER = 5
#: A field that people do not see and programs fill in.
HONEYPOT = "website"

_of_one = Limit(FORMS_OF_ONE_ADDRESS, STRETCH_SECONDS)
_in_all = Limit(FORMS_IN_ALL, STRETCH_SECONDS)
_looks = Limit(LOOKS_OF_ONE_ADDRESS, STRETCH_SECONDS)
_of_reference = Limit(LOOKS_OF_ONE_ADDRESS, STRETCH_SECONDS)


@dataclass(frozen=True)
class Visit:
    """How the form is looked at: language, and whether on a screen that everybody uses."""

    language: str
    chosen: bool
    kiosk: bool

    def link(self, path: str, **more: str) -> str:
        """The address of a page of the form that keeps language and kiosk."""
        return f"{path}?{urlencode(self._kept() | more)}"

    def in_language(self, wanted: str, path: str, query: str) -> str:
        """The same page in that language."""
        return Visit(wanted, True, self.kiosk).link(path, **({"about": query} if query else {}))

    def _kept(self) -> dict[str, str]:
        return {"lang": self.language} | ({"kiosk": "1"} if self.kiosk else {})


async def visit(request: Request) -> Visit:
    """A dependency that reads language and kiosk from the address, and speaks that language."""
    wanted = request.query_params.get("lang", "")
    chosen = wanted in LANGUAGES
    spoken = wanted if chosen else language_wanted(request)
    speak(spoken)
    return Visit(spoken, chosen, request.query_params.get("kiosk") == "1")


async def sent(request: Request) -> Form:
    """The form that was sent, photo included; 413 when it is too large to be one."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > MOST_BYTES:
        raise HTTPException(413, "send at most 10 MB")
    return await read_form(request)


VisitHere = Annotated[Visit, Depends(visit)]
Sent = Annotated[Form, Depends(sent)]


@router.get("")
def start(request: Request, here: VisitHere, find: str = "", kind: str = "complaint") -> HTMLResponse:
    """What is it about: a few letters, or a list."""
    if here.kiosk and not here.chosen:
        return _page(request, here, "report/language.html")
    kind = kind if kind in CLASSES else "complaint"
    found = find_matters(region(), find[:100]) if find.strip() else []
    listed = found or [one for one in matters(region()) if one.case_class == kind]
    return _page(
        request,
        here,
        "report/start.html",
        find=find[:100],
        kind=kind,
        kinds=CLASSES,
        found=found,
        listed=listed,
        emergency=region().emergency.national["any"],
    )


@router.get("/new")
def form(request: Request, here: VisitHere, about: str = "") -> Response:
    """The form for this matter."""
    matter = matter_of(region(), about)
    if matter is None:
        return RedirectResponse(here.link("/report"), 303)
    return _form(request, here, matter, Form([("key", str(new_id())), ("updates", "1")], []), {})


@router.post("/new")
def store(request: Request, here: VisitHere, form: Sent) -> Response:
    """Store what was sent, once; then its own page."""
    matter = matter_of(region(), form["about"])
    if matter is None:
        return RedirectResponse(here.link("/report"), 303)
    now, key = datetime.now(UTC), key_of(form)
    with transaction() as session:
        if captured(session, key) is not None:
            return RedirectResponse(here.link(f"/report/done/{key}"), 303)
    address = neighbourhood(client_address(request))
    if _of_one.spent(address) or _in_all.spent("all"):
        wait = _("So many reports come in from your connection that we take no more for some minutes.")
        return _form(request, here, matter, form, {"": _later(wait)}, 429)
    fields = read_case_form(form, region(), matter)
    faults = dict(fields.faults)
    if "place" not in faults and fields.place is None and _needs_place(matter):
        faults["place"] = _(
            "We do not know this place. Write the nearest town or area, for example KwaDukuza."
        )
    if form[HONEYPOT]:
        faults[HONEYPOT] = _("Leave this field empty.")
    with transaction() as session:
        if fields.phone and forms_from(session, fields.phone, now - timedelta(days=1)) >= FORMS_OF_ONE_NUMBER:
            faults["phone"] = _(
                "This number has sent many reports today. Leave it out, or send an SMS instead."
            )
    pictures = () if faults else _pictures(form, faults)
    if faults:
        return _form(request, here, matter, form, faults, 422)
    _of_one.passes(address)
    _in_all.passes("all")
    with transaction() as session:
        capture_case(
            session,
            region(),
            CapturedCase(
                key=key,
                channel="web",
                person=Person(
                    phone=fields.phone,
                    name=fields.name,
                    language=here.language,
                    updates=bool(form["updates"]),
                ),
                case_class=matter.case_class,
                category=matter.category,
                description=fields.description,
                place=fields.place,
                location_text=fields.location_text,
                latitude=fields.latitude,
                longitude=fields.longitude,
                account_number=fields.account_number,
                disputed_amount=fields.amount,
                reading=fields.reading,
                period=fields.period,
                emergency=bool(form["emergency"]) and matter.case_class == "complaint",
                anonymous=bool(form["anonymous"]),
                pictures=pictures,
            ),
            "citizen",
            now,
        )
    return RedirectResponse(here.link(f"/report/done/{key}"), 303)


@router.get("/done/{key}")
def done(request: Request, here: VisitHere, key: UUID) -> HTMLResponse:
    """What became of the form: reference, who, by when. Its address is known to its sender only."""
    now = datetime.now(UTC)
    with transaction() as session:
        case = captured(session, key)
        incident = told_incident(session, case.incident_id, now) if case else None
    if case is None:
        said = _("There is no report at this address. If you sent one, ask for it with its reference.")
        return _page(request, here, "report/none.html", 404, title=_("Not found"), said=said)
    return _page(request, here, "report/done.html", case=case, incident=incident, emergency=_number(case))


@router.get("/status")
def ask_status(request: Request, here: VisitHere) -> HTMLResponse:
    """How far is it: reference, and number or code."""
    return _page(request, here, "report/status.html", form=Form([], []), case=None, asked=False, faults={})


@router.post("/status")
def status(request: Request, here: VisitHere, form: Sent) -> HTMLResponse:
    """The case, to whoever shows that it is theirs."""
    faults = {
        name: text
        for name, text in (
            ("reference", _("Write the reference, such as KDM-4821-7305.")),
            ("proof", _("Write the cell number that the report was made with, or the code on your slip.")),
        )
        if not form[name]
    }
    case = None
    if not faults:
        address = neighbourhood(client_address(request))
        if not _looks.passes(address) or not _of_reference.passes(form["reference"][:40]):
            faults[""] = _later(_("Too many questions from your connection."))
        else:
            with transaction() as session:
                case = public_status(session, region(), form["reference"][:40], form["proof"][:40])
    code = 429 if "" in faults else 422 if faults else 200
    return _page(
        request, here, "report/status.html", code, form=form, case=case, asked=not faults, faults=faults
    )


def is_public(request: Request) -> bool:
    """Whether it is a page of the public form."""
    return request.url.path == "/report" or request.url.path.startswith("/report/")


async def problem(request: Request, status: int, title: str, said: str) -> HTMLResponse:
    """What went wrong, to somebody who is not of the house."""
    return _page(request, await visit(request), "report/none.html", status, title=title, said=said)


def forget_counts() -> None:
    """Begin to count anew (between tests)."""
    for limit in (_of_one, _in_all, _looks, _of_reference):
        limit.forget()


def _form(
    request: Request, here: Visit, matter: Matter, form: Form, faults: dict[str, str], status: int = 200
) -> HTMLResponse:
    now = datetime.now(UTC)
    return _page(
        request,
        here,
        "report/form.html",
        status,
        matter=matter,
        category=region().categories[matter.category],
        form=form,
        faults=faults,
        asked=asked_for(region(), matter),
        months=months(now.date()),
        places=[place.name for place in region().places],
        wants_place=matter.case_class in ("complaint", "compliment"),
        needs_place=_needs_place(matter),
        confidential=matter.case_class != "compliment"
        and matter.category in region().confidential.categories,
        hotline=region().corruption_hotline,
        honeypot=HONEYPOT,
        emergency=region().emergency.national["any"],
    )


def _page(request: Request, here: Visit, template: str, status: int = 200, **values: object) -> HTMLResponse:
    return page(request, None, template, status, here=here, languages=LANGUAGES, **values)


def _needs_place(matter: Matter) -> bool:
    return matter.case_class == "complaint" and region().categories[matter.category].needs_place


def _pictures(form: Form, faults: dict[str, str]) -> tuple[Picture, ...]:
    """The photo, drawn anew without what a telephone hides in it."""
    for upload in form.files("photo")[:1]:
        try:
            content = clean_copy(upload.file.read())
        except NoPicture:
            faults["photo"] = _("This is no photo that we can read. Send a JPEG or PNG, or go on without.")
            return ()
        return (Picture(keep_file(content), CONTENT_TYPE, len(content)),)
    return ()


def _number(case: PublicCase) -> str | None:
    """Whom to ring when it is dangerous."""
    if not case.emergency:
        return None
    kinds = region().emergency.kinds.items()
    kind = next((name for name, one in kinds if one.category == case.category), "")
    place = region().place_named(case.place) if case.place else None
    return emergency_number(region(), kind, case.municipality, place).number


def _later(why: str) -> str:
    minutes = max(1, round((STRETCH_SECONDS - time.monotonic() % STRETCH_SECONDS) / 60))
    again = ngettext("Try again in %(num)s minute.", "Try again in %(num)s minutes.", minutes)
    return f"{why} {again}"
