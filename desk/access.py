"""Who is signed in, and what they may open: every route of the desk takes `allowed(…)`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from crm_store.database import transaction
from crm_store.domain.roles import Permission, may
from crm_store.domain.scope import Scope, scope_of
from crm_store.services.desk_sessions import session_of
from crm_store.settings import settings
from crm_store.texts import LANGUAGES
from desk.words import speak

#: Open to whoever must choose a new password first.
PASSWORD_PAGE = "/desk/profile/password"  # noqa: S105
#: The language chosen on the sign-in page.
LANGUAGE_COOKIE = "phendula_language"
_BEFORE_A_NEW_PASSWORD = (PASSWORD_PAGE, "/desk/sign-out", "/desk/language")


class SignInWanted(Exception):
    """Nobody is signed in: the sign-in page is shown, and then this one."""


class NotAllowed(Exception):
    """Signed in, but not for this. `why` is what the 403 page says beside."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class SignedIn:
    """Whoever sent this request. `municipality`, `department`, `wards` limit what they see (`scope`)."""

    user_id: UUID
    username: str
    name: str
    role: str
    municipality: str | None
    department: str | None
    wards: tuple[str, ...]
    language: str
    csrf: str
    session_id: UUID
    must_change_password: bool = False
    flash: dict[str, Any] | None = field(default=None, compare=False)

    @property
    def actor(self) -> str:
        """As events name them."""
        return f"agent:{self.username}"

    @property
    def scope(self) -> Scope:
        """What queries of the desk are limited to."""
        return scope_of(self.municipality, self.department, self.wards)

    def may(self, permission: Permission) -> bool:
        """Whether they may do it."""
        return may(self.role, permission)


@dataclass(frozen=True)
class Allowed:
    """A dependency that gives who is signed in and may do `permission`; None: whoever it is."""

    permission: Permission | None

    async def __call__(self, request: Request) -> SignedIn:
        """Nobody: the sign-in page (pages), 401 (fragments, live). Not for this: the 403 page."""
        found = await signed_in(request)
        if found is None:
            raise SignInWanted
        if found.must_change_password and request.url.path not in _BEFORE_A_NEW_PASSWORD:
            raise NewPasswordWanted
        if self.permission is not None and not found.may(self.permission):
            raise NotAllowed
        return found


def allowed(permission: Permission | None = None) -> Allowed:
    """What every route of the desk depends on: `Annotated[SignedIn, Depends(allowed("cases"))]`."""
    return Allowed(permission)


class NewPasswordWanted(Exception):
    """Somebody else knows the password: another one comes first."""


async def signed_in(request: Request) -> SignedIn | None:
    """Whoever sent this request; None when nobody is signed in. Looked up once a request."""
    if not hasattr(request.state, "who"):
        token = request.cookies.get(cookie_name())
        request.state.who = (
            await run_in_threadpool(_look_up, token, not is_fragment(request)) if token else None
        )
        found: SignedIn | None = request.state.who
        speak(found.language if found else language_wanted(request))
    known: SignedIn | None = request.state.who
    return known


def _look_up(token: str, used: bool) -> SignedIn | None:
    with transaction() as session:
        found = session_of(session, token, idle_time(), datetime.now(UTC), used=used)
        if found is None or found[0].code_wanted:
            return None
        row, user = found
        return SignedIn(
            user_id=user.id,
            username=user.username,
            name=user.name or user.username,
            role=user.role,
            municipality=user.municipality,
            department=user.department,
            wards=tuple(user.wards),
            language=user.language,
            csrf=row.csrf,
            session_id=row.id,
            must_change_password=user.must_change_password,
            flash=row.flash,
        )


def idle_time() -> timedelta:
    """How long a session lives without use."""
    return timedelta(minutes=settings().desk_idle_minutes)


def language_wanted(request: Request) -> str:
    """The language before anybody is signed in: as chosen on the sign-in page, else as the browser asks."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return "zu" if request.headers.get("accept-language", "").lower().startswith("zu") else "en"


def is_fragment(request: Request) -> bool:
    """Whether the answer goes into a page (paths whose last part begins with _) or is a stream."""
    path = request.url.path
    return path.rpartition("/")[2].startswith("_") or path == "/desk/live"


def sign_in_address(request: Request) -> str:
    """The sign-in page, which leads back here."""
    here = request.url.path
    if request.url.query:
        here += f"?{request.url.query}"
    return f"/desk/sign-in?next={quote(here, safe='/')}"


def is_own_path(path: str) -> bool:
    """Whether `next` is a page of the desk, and not another site's."""
    return path == "/desk" or (path.startswith("/desk/") and "\\" not in path and "\n" not in path)


def is_secure() -> bool:
    """Whether people reach us by https only."""
    return settings().env == "production" or settings().public_url.startswith("https://")


def cookie_name() -> str:
    """The session's cookie; `__Host-` keeps neighbours on the same domain from setting it."""
    return "__Host-phendula" if is_secure() else "phendula"


def client_address(request: Request) -> str:
    """The address that the request came from, as uvicorn and its trusted proxy say."""
    return request.client.host if request.client else "unknown"
