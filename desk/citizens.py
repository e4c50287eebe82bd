"""One person on one screen, and what staff do there: correct, link accounts, merge, give out, forget."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from crm_store.database import transaction
from crm_store.domain.cases import SUPERVISING
from crm_store.domain.typed_values import read_number
from crm_store.queries.citizen_screen import CitizenScreen, citizen_screen
from crm_store.queries.citizen_search import SHORTEST_NAME, search_citizens, visible
from crm_store.queries.citizens import citizen_json
from crm_store.queries.scope import cases_within
from crm_store.region import region
from crm_store.services.account_links import UnknownAccount, link_account, unlink_account
from crm_store.services.audit import note_view
from crm_store.services.citizen_merges import MergeRefused, merge_citizens, part_citizens
from crm_store.services.citizen_records import add_note, let_write, rename_citizen, speak, tell_progress
from crm_store.services.citizens import erase_citizen
from crm_store.services.history import record_event
from crm_store.tables import Case, Citizen, CitizenMerge
from crm_store.texts import LANGUAGES
from desk.access import NotAllowed, SignedIn, allowed
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.words import N_, _

router = APIRouter(prefix="/desk/citizens")

#: What staff look at before they link an account.
PROOFS_SEEN = {
    "id": N_("ID document and the account's statement"),
    "statement": N_("a statement of the account in their name"),
    "owner": N_("a letter of the account's holder"),
}

Who = Annotated[SignedIn, Depends(allowed("citizens"))]
Sent = Annotated[Form, Depends(posted)]


@router.get("")
def search(request: Request, who: Who, q: str = "") -> HTMLResponse:
    """Find a person by number, account or name."""
    q = q.strip()[:100]
    now = datetime.now(UTC)
    with transaction() as session:
        found = search_citizens(session, region(), who.scope, q) if q else []
        for one in found:
            note_view(session, who.actor, "citizen", one.citizen_id, now)
    return page(request, who, "citizens/search.html", q=q, found=found, shortest=SHORTEST_NAME)


@router.get("/{citizen_id}")
def show(request: Request, who: Who, citizen_id: UUID) -> Response:
    """Everything about one person that this user may see."""
    with transaction() as session:
        citizen = session.get(Citizen, citizen_id)
        if citizen is not None and citizen.merged_into_id is not None:
            return RedirectResponse(f"/desk/citizens/{citizen.merged_into_id}", 303)
        screen = _screen(session, who, citizen_id)
    return _page(request, who, screen)


@router.post("/{citizen_id}/record")
def record(who: Who, citizen_id: UUID, form: Sent) -> Response:
    """Name, language, and whether the person wants to hear of progress."""
    now = datetime.now(UTC)
    with transaction() as session:
        _theirs(session, who, citizen_id)
        rename_citizen(session, citizen_id, form["name"], who.actor, now)
        if form["language"] in LANGUAGES:
            speak(session, citizen_id, form["language"], who.actor, now)  # type: ignore[arg-type]
        tell_progress(session, citizen_id, bool(form["updates"]), who.actor, now)
    return _back(citizen_id, who, _("Saved."))


@router.post("/{citizen_id}/address")
def address(who: Who, citizen_id: UUID, form: Sent) -> Response:
    """Stop or resume all messages to one address, as the person asked."""
    with transaction() as session:
        _theirs(session, who, citizen_id)
        try:
            let_write(session, citizen_id, _id(form["address"]), bool(form["allow"]), who.actor)
        except LookupError:
            raise HTTPException(404) from None
    said = _("They get our messages again.") if form["allow"] else _("They get no message from us any more.")
    return _back(citizen_id, who, said)


@router.post("/{citizen_id}/notes")
def note(who: Who, citizen_id: UUID, form: Sent) -> Response:
    """Note what colleagues should know."""
    with transaction() as session:
        _theirs(session, who, citizen_id)
        added = add_note(session, citizen_id, form["body"], who.actor, datetime.now(UTC))
    return _back(
        citizen_id, who, _("Noted.") if added else _("There was nothing to note."), bad=added is None
    )


@router.post("/{citizen_id}/link")
def link(request: Request, who: Who, citizen_id: UUID, form: Sent) -> Response:
    """Link an account, after proof was shown."""
    account = read_number(form["account"], region().account_format) if form["account"] else None
    faults = {}
    if account is None:
        example = region().account_format.example
        faults["account"] = _(
            "An account number looks like %(example)s. It stands on the bill.", example=example
        )
    if form["seen"] not in PROOFS_SEEN:
        faults["seen"] = _("Say what you were shown: whoever is linked hears the balance and the readings.")
    with transaction() as session:
        _theirs(session, who, citizen_id)
        if account is not None and not faults:
            try:
                link_account(
                    session, citizen_id, account, "agent", who.actor, datetime.now(UTC), seen=form["seen"]
                )
            except UnknownAccount:
                faults["account"] = _("There is no open account with this number. Please check it.")
        if faults:
            return _page(request, who, _screen(session, who, citizen_id), form, faults, 422)
    return _back(citizen_id, who, _("Linked. Their phone may now hear of this account."))


@router.post("/{citizen_id}/unlink/{account}", dependencies=[Depends(posted)])
def unlink(who: Who, citizen_id: UUID, account: str) -> Response:
    """Withdraw the proof of an account."""
    with transaction() as session:
        _theirs(session, who, citizen_id)
        done = unlink_account(session, citizen_id, account, who.actor, datetime.now(UTC))
    said = _("Not linked any more.") if done else _("It was not linked by proof.")
    return _back(citizen_id, who, said, bad=not done)


@router.get("/{citizen_id}/merge")
def choose(request: Request, who: Who, citizen_id: UUID, q: str = "") -> HTMLResponse:
    """Find another record of this person."""
    with transaction() as session:
        screen = _screen(session, who, citizen_id)
        found = search_citizens(session, region(), who.scope, q.strip()[:100]) if q.strip() else []
        for one in found:
            note_view(session, who.actor, "citizen", one.citizen_id, datetime.now(UTC))
    others = [one for one in (found or screen.suggestions) if one.citizen_id != citizen_id]
    return page(request, who, "citizens/merge.html", citizen=screen.citizen, q=q, others=others)


@router.post("/{citizen_id}/merge")
def merge(who: Who, citizen_id: UUID, form: Sent) -> Response:
    """Make the other record part of this one; it can be undone."""
    other = _id(form["other"])
    try:
        with transaction() as session:
            _theirs(session, who, citizen_id)
            _theirs(session, who, other)
            done = merge_citizens(session, citizen_id, other, who.actor, datetime.now(UTC))
    except MergeRefused as refused:
        return _back(citizen_id, who, _why(refused), bad=True)
    undo = f"/desk/citizens/{citizen_id}/part/{done.id}"
    return _back(citizen_id, who, _("The two records are one now."), undo=undo)


@router.post("/{citizen_id}/part/{merge_id}", dependencies=[Depends(posted)])
def part(who: Who, citizen_id: UUID, merge_id: UUID) -> Response:
    """Undo a merge."""
    try:
        with transaction() as session:
            _theirs(session, who, citizen_id)
            known = session.get(CitizenMerge, merge_id)
            if known is None or known.kept_id != citizen_id:
                raise HTTPException(404)
            part_citizens(session, merge_id, who.actor, datetime.now(UTC))
    except MergeRefused as refused:
        return _back(citizen_id, who, _why(refused), bad=True)
    return _back(citizen_id, who, _("They are two records again; everything is back where it was."))


@router.post("/{citizen_id}/export", dependencies=[Depends(posted)])
def export(who: Who, citizen_id: UUID) -> Response:
    """The person's copy of what is kept about them (POPIA s23), as far as this user may see it."""
    _supervisor(who)
    within = cases_within(who.scope, region())
    if not _sees_confidential(who):
        within.append(Case.confidential.is_(False))
    with transaction() as session:
        _theirs(session, who, citizen_id)
        everything = citizen_json(session, citizen_id, within)
        record_event(session, "citizen", citizen_id, "exported", actor=who.actor, at=datetime.now(UTC))
    return Response(
        json.dumps(everything, ensure_ascii=False, indent=2),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="person-{citizen_id}.json"'},
    )


@router.get("/{citizen_id}/erase")
def ask_erase(request: Request, who: Who, citizen_id: UUID) -> HTMLResponse:
    """What forgetting a person means, before it is done."""
    _supervisor(who)
    with transaction() as session:
        screen = _screen(session, who, citizen_id)
    return page(request, who, "citizens/erase.html", screen=screen, form=Form([], []), faults={})


@router.post("/{citizen_id}/erase")
def erase(request: Request, who: Who, citizen_id: UUID, form: Sent) -> Response:
    """Forget the person (POPIA s24); it cannot be undone."""
    _supervisor(who)
    faults = {}
    if len(form["reason"]) < 5:
        faults["reason"] = _("Say why, without names or numbers: it stays in the history.")
    if not form["sure"]:
        faults["sure"] = _("Mark this first: it cannot be undone.")
    with transaction() as session:
        screen = _screen(session, who, citizen_id)
        if faults:
            return page(request, who, "citizens/erase.html", 422, screen=screen, form=form, faults=faults)
        erase_citizen(session, citizen_id, who.actor, datetime.now(UTC), reason=form["reason"][:200])
    return redirect("/desk/citizens", who, flash=_("The person is forgotten. Their cases stay as figures."))


def _screen(session: Session, who: SignedIn, citizen_id: UUID) -> CitizenScreen:
    """The person's screen, the look at it written down; 404 outside the user's scope."""
    screen = citizen_screen(session, region(), who.scope, citizen_id, confidential=_sees_confidential(who))
    if screen is None:
        raise HTTPException(404)
    note_view(session, who.actor, "citizen", citizen_id, datetime.now(UTC))
    return screen


def _page(
    request: Request,
    who: SignedIn,
    screen: CitizenScreen,
    form: Form | None = None,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    return page(
        request,
        who,
        "citizens/citizen.html",
        status,
        screen=screen,
        citizen=screen.citizen,
        form=form or Form([], []),
        faults=faults or {},
        proofs_seen=PROOFS_SEEN,
        supervises=who.role in SUPERVISING,
        languages=LANGUAGES,
    )


def _theirs(session: Session, who: SignedIn, citizen_id: UUID) -> None:
    if not visible(session, region(), who.scope, citizen_id):
        raise HTTPException(404)


def _back(
    citizen_id: UUID, who: SignedIn, flash: str, *, undo: str = "", bad: bool = False
) -> RedirectResponse:
    return redirect(f"/desk/citizens/{citizen_id}", who, flash=flash, undo=undo, bad=bad)


def _supervisor(who: SignedIn) -> None:
    if who.role not in SUPERVISING:
        raise NotAllowed(_("A supervisor gives out or forgets what is kept about a person."))


def _sees_confidential(who: SignedIn) -> bool:
    return who.role in region().confidential.roles


def _why(refused: MergeRefused) -> str:
    return {
        "same": _("This is one record already."),
        "again": _("This record was merged again since: undo the later merge first."),
    }.get(refused.why, _("One of these records was merged with another meanwhile. Look again."))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise HTTPException(404) from None
