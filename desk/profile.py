"""One's own page: password, the code of an authenticator app, and where one is signed in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import segno
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from markupsafe import Markup

from crm_store.database import transaction
from crm_store.services.desk_sessions import end_session, end_sessions_of, sessions_of
from crm_store.services.history import record_event
from crm_store.services.second_factor import (
    offer_secret,
    renew_recovery_codes,
    setup_address,
    switch_off,
    switch_on,
)
from crm_store.services.users import UserRefused, choose_password
from crm_store.tables import User
from desk.access import SignedIn, allowed, idle_time
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.words import N_, _

router = APIRouter(prefix="/desk/profile")

Anybody = Annotated[SignedIn, Depends(allowed())]
Posted = Annotated[Form, Depends(posted)]

#: Why a password is refused, beside its field.
FAULTS = {
    "short": N_("At least 12 characters. Three or four words are easy to remember."),
    "long": N_("At most 200 characters."),
    "name": N_("Your username must not stand in it."),
    "simple": N_("Too easy to guess. Take three or four words."),
    "same": N_("This is the password that you have."),
}


@router.get("")
def show(request: Request, who: Anybody) -> Response:
    """Who I am here, and what I can change."""
    with transaction() as session:
        user = session.get_one(User, who.user_id)
        sessions = sessions_of(session, who.user_id, idle_time(), datetime.now(UTC))
    return page(request, who, "profile/profile.html", user=user, sessions=sessions)


@router.get("/password")
def password_page(request: Request, who: Anybody) -> Response:
    """The form for another password."""
    return page(request, who, "profile/password.html", errors={})


@router.post("/password")
def change_password(request: Request, who: Anybody, form: Posted) -> Response:
    """Takes the new password; signs me out everywhere else."""
    errors = {}
    if form["new_password"] != form["new_password_again"]:
        errors["again"] = _("This is not the same as the new password.")
    else:
        try:
            with transaction() as session:
                choose_password(
                    session,
                    who.user_id,
                    form["old_password"],
                    form["new_password"],
                    who.session_id,
                    datetime.now(UTC),
                )
        except UserRefused as error:
            said = _("This is not your password.") if error.field == "old" else _(FAULTS[error.fault])
            errors[error.field] = said
    if errors:
        return page(request, who, "profile/password.html", 422, errors=errors)
    words = _("Your password is changed. Everywhere else you are signed out.")
    return redirect("/desk/" if who.must_change_password else "/desk/profile", who, flash=words)


@router.get("/code")
def code_page(request: Request, who: Anybody) -> Response:
    """The QR code for an authenticator app, and the form that proves it."""
    return _code_page(request, who)


@router.post("/code")
def switch_code_on(request: Request, who: Anybody, form: Posted) -> Response:
    """Takes the first code; shows the recovery codes, once."""
    try:
        with transaction() as session:
            codes = switch_on(session, who.user_id, who.session_id, form["code"], datetime.now(UTC))
    except UserRefused:
        error = _("This is not what the app shows now. Is the clock of your telephone right?")
        return _code_page(request, who, error, 422)
    return page(request, who, "profile/recovery.html", codes=codes)


@router.post("/code/renew")
def renew_codes(request: Request, who: Anybody, form: Posted) -> Response:
    """Other recovery codes, shown once."""
    try:
        with transaction() as session:
            codes = renew_recovery_codes(session, who.user_id, form["password"], datetime.now(UTC))
    except UserRefused:
        return redirect("/desk/profile", who, flash=_("This is not your password."), bad=True)
    return page(request, who, "profile/recovery.html", codes=codes)


@router.post("/code/off")
def switch_code_off(who: Anybody, form: Posted) -> Response:
    """No code is asked for any more."""
    try:
        with transaction() as session:
            switch_off(session, who.user_id, form["password"], datetime.now(UTC))
    except UserRefused:
        return redirect("/desk/profile", who, flash=_("This is not your password."), bad=True)
    return redirect("/desk/profile", who, flash=_("No code is asked for any more."))


@router.post("/sessions/others/end")
def end_others(who: Anybody, _form: Posted) -> Response:
    """Signs me out everywhere but here."""
    with transaction() as session:
        end_sessions_of(session, who.user_id, but=who.session_id)
        record_event(session, "user", who.user_id, "signed_out_elsewhere", actor=who.actor)
    return redirect("/desk/profile", who, flash=_("You are signed out everywhere else."))


@router.post("/sessions/{session_id}/end")
def end_one(who: Anybody, _form: Posted, session_id: UUID) -> Response:
    """Signs me out in one other browser."""
    with transaction() as session:
        own = {row.id for row in sessions_of(session, who.user_id, idle_time(), datetime.now(UTC))}
        if session_id not in own - {who.session_id}:
            raise HTTPException(404)
        end_session(session, session_id)
        record_event(session, "user", who.user_id, "signed_out_elsewhere", actor=who.actor)
    return redirect("/desk/profile", who, flash=_("You are signed out there."))


def _code_page(request: Request, who: SignedIn, error: str = "", status: int = 200) -> Response:
    with transaction() as session:
        secret = offer_secret(session, who.session_id)
    drawn = segno.make(setup_address(secret, who.username), error="m")
    picture = Markup(drawn.svg_inline(border=4, light="#fff", omitsize=True))  # noqa: S704 (our own drawing)
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return page(request, who, "profile/code.html", status, picture=picture, secret=groups, error=error)
