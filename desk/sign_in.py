"""Signing in, the code of a second factor, signing out, and the language of the pages."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from crm_store.database import transaction
from crm_store.services.desk_sessions import Begun, begin_session, end_session, session_of
from crm_store.services.history import record_event
from crm_store.services.sign_in import begin_attempt, check_code, check_password, note_signed_in
from crm_store.settings import settings
from crm_store.tables import User
from crm_store.texts import LANGUAGES
from desk.access import (
    LANGUAGE_COOKIE,
    SignedIn,
    allowed,
    client_address,
    cookie_name,
    idle_time,
    is_own_path,
    is_secure,
    signed_in,
)
from desk.forms import Form, form_cookie, posted, posted_by_anybody, redirect
from desk.pages import page
from desk.provider import provider
from desk.words import _, speak

router = APIRouter(prefix="/desk")

FIRST_PAGE = "/desk/"


@router.get("/sign-in")
async def show(
    request: Request, next: Annotated[str, Query(max_length=2000)] = FIRST_PAGE, failed: bool = False
) -> Response:
    """The sign-in page; who is signed in already goes on."""
    if await signed_in(request) is not None:
        return RedirectResponse(next if is_own_path(next) else FIRST_PAGE, 303)
    words = _("The sign-on of your municipality does not answer as it should. Try again, or ask your IT.")
    return sign_in_page(request, next, error=words if failed else "")


@router.post("/sign-in")
def sign_in(request: Request, form: Annotated[Form, Depends(posted_by_anybody)]) -> Response:
    """Looks at username and password; answers the same whether or not there is such a user."""
    username, now = form["username"], datetime.now(UTC)
    with transaction() as session:
        attempt = begin_attempt(session, username, client_address(request), now)
    if attempt is None:
        return sign_in_page(request, form["next"], username, error=_locked(), status=429)
    with transaction() as session:
        outcome = check_password(session, username, form["password"], attempt)
        if outcome.user_id is None:
            error = _("The username or the password is wrong.")
            return sign_in_page(request, form["next"], username, error=error, status=401)
        code_wanted = session.get_one(User, outcome.user_id).totp_secret is not None
        begun = begin(session, request, outcome.user_id, now, code_wanted=code_wanted)
        if not code_wanted:
            note_signed_in(session, begun.session, now, "password")
    following = form["next"] if is_own_path(form["next"]) else FIRST_PAGE
    if code_wanted:
        answer = _code_page(request, following)
        set_cookie(answer, _pending_name(), begun.token)
        return answer
    return enter(begun.token, following)


@router.post("/sign-in/code")
def give_code(request: Request, form: Annotated[Form, Depends(posted_by_anybody)]) -> Response:
    """The code after the password. Wrong ones count like wrong passwords."""
    now, following = datetime.now(UTC), form["next"] if is_own_path(form["next"]) else FIRST_PAGE
    with transaction() as session:
        found = session_of(session, request.cookies.get(_pending_name(), ""), idle_time(), now)
        if found is None or not found[0].code_wanted:
            error = _("That took too long. Please sign in again.")
            return sign_in_page(request, following, error=error, status=401)
        row, user = found
        attempt = begin_attempt(session, user.username, client_address(request), now)
        if attempt is None:
            end_session(session, row.id)
    if attempt is None:
        return sign_in_page(request, following, user.username, error=_locked(), status=429)
    with transaction() as session:
        if not check_code(session, user.id, form["code"], attempt, now):
            error = _("This code is wrong, or was used before. Wait for the next one.")
            return _code_page(request, following, error=error, status=401)
        end_session(session, row.id)
        begun = begin(session, request, user.id, now)
        note_signed_in(session, begun.session, now, "password and code")
    answer = enter(begun.token, following)
    answer.delete_cookie(_pending_name(), path="/", secure=is_secure(), httponly=True)
    return answer


@router.post("/sign-out")
def sign_out(
    who: Annotated[SignedIn, Depends(allowed())], _form: Annotated[Form, Depends(posted)]
) -> Response:
    """Ends this session."""
    with transaction() as session:
        end_session(session, who.session_id)
        record_event(session, "user", who.user_id, "signed_out", actor=who.actor, at=datetime.now(UTC))
    answer = RedirectResponse("/desk/sign-in", 303)
    answer.delete_cookie(cookie_name(), path="/", secure=is_secure(), httponly=True)
    return answer


@router.post("/language")
def change_language(
    who: Annotated[SignedIn, Depends(allowed())], form: Annotated[Form, Depends(posted)]
) -> Response:
    """The pages in the other language from now on."""
    if form["language"] in LANGUAGES:
        with transaction() as session:
            session.get_one(User, who.user_id).language = form["language"]
        speak(form["language"])
    return redirect(form["back"] if is_own_path(form["back"]) else FIRST_PAGE)


@router.post("/sign-in/language")
def choose_language(request: Request, form: Annotated[Form, Depends(posted_by_anybody)]) -> Response:
    """The sign-in page in the other language; this browser remembers."""
    following = form["next"] if is_own_path(form["next"]) else FIRST_PAGE
    chosen = form["language"] if form["language"] in LANGUAGES else "en"
    speak(chosen)
    answer = sign_in_page(request, following)
    set_cookie(answer, LANGUAGE_COOKIE, chosen, days=365)
    return answer


def begin(
    session: Session, request: Request, user_id: UUID, now: datetime, *, code_wanted: bool = False
) -> Begun:
    """A session for this browser."""
    return begin_session(
        session,
        user_id,
        client_address(request),
        request.headers.get("user-agent", ""),
        now,
        before=None if code_wanted else request.cookies.get(cookie_name()),
        code_wanted=code_wanted,
    )


def enter(token: str, following: str) -> RedirectResponse:
    """Into the desk with the session of this token."""
    answer = RedirectResponse(following, 303)
    set_cookie(answer, cookie_name(), token)
    return answer


def sign_in_page(
    request: Request, following: str, username: str = "", *, error: str = "", status: int = 200
) -> Response:
    """The sign-in page, with what is wrong; what was typed as username stays."""
    token = request.cookies.get(form_cookie()) or secrets.token_urlsafe(24)
    answer = page(
        request, None, "sign_in/sign_in.html", status,
        csrf=token, following=following, username=username, error=error,
        sign_on=settings().oidc_name if provider() else None,
    )  # fmt: skip
    set_cookie(answer, form_cookie(), token)
    return answer


def _code_page(request: Request, following: str, *, error: str = "", status: int = 200) -> Response:
    return page(
        request, None, "sign_in/code.html", status,
        csrf=request.cookies.get(form_cookie(), ""), following=following, error=error,
    )  # fmt: skip


def _locked() -> str:
    return _("Too many wrong tries. Wait 15 minutes, or ask your administrator to unlock you.")


def _pending_name() -> str:
    return f"{cookie_name()}-code"


def set_cookie(answer: Response, name: str, value: str, days: int | None = None) -> None:
    """A cookie that scripts cannot read; without `days` it goes when the browser is closed."""
    seconds = days * 86_400 if days else None
    answer.set_cookie(name, value, seconds, path="/", secure=is_secure(), httponly=True, samesite="lax")
