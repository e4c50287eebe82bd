"""All routes of the desk, and what surrounds them: headers, refusals, static files."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk import (
    audit,
    capture,
    capture_reading,
    case,
    case_deeds,
    cases,
    chat_deeds,
    chats,
    citizens,
    live,
    menu,
    office,
    profile,
    report,
    sign_in,
    single_sign_on,
    start,
    texts,
    training,
    training_examples,
    training_figures,
    training_models,
    users,
)
from desk.access import (
    PASSWORD_PAGE,
    NewPasswordWanted,
    NotAllowed,
    SignInWanted,
    is_fragment,
    is_secure,
    sign_in_address,
    signed_in,
)
from desk.forms import signed_out_words
from desk.pages import STATIC, page
from desk.words import _

#: One router a topic.
TOPICS: tuple[APIRouter, ...] = (
    sign_in.router,
    single_sign_on.router,
    start.router,
    cases.router,  # its paths come before '/desk/cases/{reference}'
    case.router,
    case_deeds.router,
    citizens.router,
    capture_reading.router,
    capture.router,
    live.router,
    profile.router,
    users.router,
    audit.router,
    chats.router,
    chat_deeds.router,
    texts.router,
    training.router,
    training_examples.router,
    training_figures.router,
    training_models.router,
    *office.TOPICS,
)

_MEDIA = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(self)",
    "cache-control": "no-store",
}


def add_to(app: FastAPI) -> None:
    """The desk, on the web application: its routes, its headers, and its pages for what goes wrong."""
    # Side by side, not included: FastAPI goes through nested routers several times for each request.
    app.router.routes.extend(routes().routes)
    app.include_router(report.router)
    app.add_middleware(DeskHeaders)
    app.add_exception_handler(SignInWanted, _to_sign_in)
    app.add_exception_handler(NewPasswordWanted, _to_new_password)
    app.add_exception_handler(NotAllowed, _not_allowed)
    app.add_exception_handler(StarletteHTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(DataError, _not_storable)


def routes() -> APIRouter:
    """Everything under /desk."""
    router = APIRouter()
    for topic in TOPICS:
        router.routes.extend(topic.routes)
    router.add_api_route("/desk/static/{name}", static, methods=["GET"])
    menu.served.update(path for topic in TOPICS for path in _paths(topic))
    return router


def static(name: str) -> Response:
    """A style, script or picture of the desk; its address changes with its content."""
    path = STATIC / name
    if "/" in name or path.suffix not in _MEDIA or not path.is_file():
        raise HTTPException(404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(path, media_type=_MEDIA[path.suffix], headers=headers)


def _paths(router: APIRouter) -> set[str]:
    return {str(getattr(route, "path", "")) for route in router.routes}


class DeskHeaders:
    """Headers on every answer under /desk, and no posts from other sites' pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not _is_desk(scope["path"]):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        if request.method not in ("GET", "HEAD") and _from_elsewhere(request):
            await JSONResponse({"detail": "only from the desk's own pages"}, 403)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name for name, _value in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in _encoded() if name not in names),
                ]
            await send(message)

        await self.app(scope, receive, with_headers)


def _is_desk(path: str) -> bool:
    """Also of the public form, which is as much a page of ours."""
    return path in ("/desk", "/report") or path.startswith(("/desk/", "/report/"))


def _encoded() -> list[tuple[bytes, bytes]]:
    headers = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
    if is_secure():
        headers.append((b"strict-transport-security", b"max-age=31536000"))
    return headers


def _from_elsewhere(request: Request) -> bool:
    """Whether the browser says that another site's page sent this (beside the CSRF token, not instead)."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


# --- what goes wrong ---------------------------------------------------------------------------------------


async def _to_sign_in(request: Request, _error: Exception) -> Response:
    if is_fragment(request):
        return JSONResponse({"detail": "not signed in"}, 401)
    if request.method != "GET":
        return await _not_allowed(request, NotAllowed(signed_out_words()))
    return RedirectResponse(sign_in_address(request), 303)


async def _to_new_password(request: Request, _error: Exception) -> Response:
    if is_fragment(request):
        return JSONResponse({"detail": "a new password first"}, 401)
    return RedirectResponse(PASSWORD_PAGE, 303)


async def _not_allowed(request: Request, error: Exception) -> Response:
    said = str(error) or _("Your role does not open this page. Your administrator can change that.")
    return await _problem(request, 403, _("Not for you"), said)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)  # noqa: S101 (what this handler is registered for)
    if not _is_desk(request.url.path) or is_fragment(request):
        return await http_exception_handler(request, error)
    await _speak(request)
    titles = {
        404: (_("Not found"), _("There is no such page, or it is not in your area of work.")),
        405: (_("Not found"), _("There is no such page, or it is not in your area of work.")),
        413: (_("Too large"), _("What was sent is too large.")),
    }
    title, said = titles.get(error.status_code, (_("That did not work"), str(error.detail)))
    return await _problem(request, error.status_code, title, said)


async def _not_understood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (what this handler is registered for)
    if not _is_desk(request.url.path) or is_fragment(request):
        return await request_validation_exception_handler(request, error)
    await _speak(request)
    # An id that is none: as if there were nothing of that id.
    return await _problem(
        request, 404, _("Not found"), _("There is no such page, or it is not in your area of work.")
    )


async def _not_storable(request: Request, error: Exception) -> Response:
    """A number or letter that no row can hold: there is nothing of that kind."""
    if not _is_desk(request.url.path):
        raise error
    return await _refused(request, HTTPException(404))


async def _speak(request: Request) -> None:
    """In the language of whoever is signed in; of the public form's address."""
    await (report.visit(request) if report.is_public(request) else signed_in(request))


async def _problem(request: Request, status: int, title: str, said: str) -> HTMLResponse:
    if report.is_public(request):
        return await report.problem(request, status, title, said)
    who = await signed_in(request)
    return page(request, who, "problem.html", status, title=title, said=said)
