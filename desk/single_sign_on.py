"""Signing in by the municipality's own directory (OpenID Connect): there, and back."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from datetime import UTC, datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from crm_store.database import transaction
from crm_store.services.sign_in import note_signed_in
from crm_store.services.sign_on import NotKnownHere, user_vouched_for
from crm_store.threads import ELSEWHERE, apart
from desk.access import cookie_name, is_own_path, is_secure, language_wanted
from desk.provider import Provider, ProviderFailed, provider
from desk.sign_in import FIRST_PAGE, begin, enter, set_cookie, sign_in_page
from desk.words import _, speak

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/desk/sign-in")


@router.get("/with")
async def leave(next: Annotated[str, Query(max_length=2000)] = FIRST_PAGE) -> Response:
    """To the provider; what its answer must match stays in a cookie of this browser."""
    return await apart(ELSEWHERE, _leave, next)


def _leave(next: str) -> Response:
    known = _configured()
    state, nonce, verifier = (secrets.token_urlsafe(32) for _part in range(3))
    try:
        answer = RedirectResponse(known.way_there(state, nonce, verifier), 303)
    except ProviderFailed as error:
        log.warning("sign_on_failed", error=str(error))
        return RedirectResponse("/desk/sign-in?failed=1", 303)
    following = next if is_own_path(next) else FIRST_PAGE
    kept = json.dumps([state, nonce, verifier, following]).encode()
    set_cookie(answer, _cookie(), base64.urlsafe_b64encode(kept).decode())
    return answer


@router.get("/back")
async def come_back(
    request: Request,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Back from the provider: signs in whom it vouches for and who is a user here; makes nobody a user."""
    return await apart(ELSEWHERE, _come_back, request, state, code)


def _come_back(request: Request, state: str, code: str) -> Response:
    known = _configured()
    speak(language_wanted(request))
    expected, nonce, verifier, following = _kept(request)
    if not code or not expected or not hmac.compare_digest(state.encode(), expected.encode()):
        return _back_to_sign_in(request, following, _("That did not work. Please sign in again."), 400)
    try:
        person = known.person(code, nonce, verifier)
    except ProviderFailed as error:
        log.warning("sign_on_failed", error=str(error))
        words = _("The sign-on of your municipality does not answer as it should. Try again, or ask your IT.")
        return _back_to_sign_in(request, following, words, 502)
    now = datetime.now(UTC)
    try:
        with transaction() as session:
            user = user_vouched_for(session, person.issuer, person.subject, person.email, now)
            begun = begin(session, request, user.id, now)
            note_signed_in(session, begun.session, now, "single sign-on")
    except NotKnownHere:
        log.warning("sign_on_unknown", subject=person.subject)
        words = _("Your account is good, but you are no user of the desk. Ask your administrator to add you.")
        return _back_to_sign_in(request, following, words, 403)
    answer = enter(begun.token, following)
    _forget(answer)
    return answer


def _configured() -> Provider:
    known = provider()
    if known is None:
        raise HTTPException(404)
    return known


def _back_to_sign_in(request: Request, following: str, error: str, status: int) -> Response:
    answer = sign_in_page(request, following, error=error, status=status)
    _forget(answer)
    return answer


def _kept(request: Request) -> tuple[str, str, str, str]:
    """What was kept when the browser left; empty strings when there is nothing, or nothing of ours."""
    try:
        kept = json.loads(base64.urlsafe_b64decode(request.cookies.get(_cookie(), "")))
        state, nonce, verifier, following = (str(part) for part in kept)
    except (ValueError, TypeError):
        return "", "", "", FIRST_PAGE
    return state, nonce, verifier, following if is_own_path(following) else FIRST_PAGE


def _forget(answer: Response) -> None:
    answer.delete_cookie(_cookie(), path="/", secure=is_secure(), httponly=True)


def _cookie() -> str:
    return f"{cookie_name()}-on"
