"""Forms: what was posted (CSRF checked), and the redirect after a deed with its flash."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from crm_store.database import transaction
from crm_store.services.desk_sessions import leave_flash
from crm_store.services.inbox import storable
from desk.access import NotAllowed, SignedIn, cookie_name, signed_in
from desk.words import _


class Form(Mapping[str, str]):
    """The fields that were posted, stripped; a field that is missing is an empty string.

    `form["text"]`, `form.many("ward")` for repeated ones, `form.files("photo")` for uploads.
    """

    def __init__(self, fields: list[tuple[str, str]], uploads: list[tuple[str, UploadFile]]) -> None:
        self._fields, self._uploads = fields, uploads

    def __getitem__(self, name: str) -> str:
        return next((value for field, value in self._fields if field == name), "")

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(field for field, _value in self._fields))

    def __len__(self) -> int:
        return len(set(self))

    def __contains__(self, name: object) -> bool:
        return any(field == name for field, _value in self._fields)

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        """The field, or the default when it is missing or empty."""
        return self[name] or default

    def many(self, name: str) -> list[str]:
        """All values of a field that may come more than once, empty ones left out."""
        return [value for field, value in self._fields if field == name and value]

    def files(self, name: str) -> list[UploadFile]:
        """The files that were chosen."""
        return [file for field, file in self._uploads if field == name and file.filename]


async def posted(request: Request) -> Form:
    """A dependency that gives the form of a POST; NotAllowed when its CSRF token is wrong."""
    form = await read_form(request)
    who = await signed_in(request)
    if who is None:
        raise NotAllowed(signed_out_words())
    if not hmac.compare_digest(form["csrf"].encode(), who.csrf.encode()):
        raise NotAllowed(_("This page was too old. Go back, load it again, and try once more."))
    return form


async def posted_by_anybody(request: Request) -> Form:
    """The same before anybody is signed in: the token stands in a cookie and in the form."""
    form = await read_form(request)
    await signed_in(request)
    cookie = request.cookies.get(form_cookie(), "")
    if not cookie or not hmac.compare_digest(form["csrf"].encode(), cookie.encode()):
        raise NotAllowed(_("This page was too old. Go back, load it again, and try once more."))
    return form


def signed_out_words() -> str:
    """What somebody hears whose session ended while they typed: the browser's way back has their words."""
    return _("You are not signed in any more. Sign in in another tab, then go back and try again.")


def form_cookie() -> str:
    """Before anybody is signed in: the same value in this cookie and in the form."""
    return f"{cookie_name()}-form"


async def read_form(request: Request) -> Form:
    """The fields as the database can store them, passwords to the letter; files wait until they are read."""
    data = await request.form(max_files=10, max_fields=400)
    fields = [
        (name, storable(value) if "password" in name else storable(value).strip())
        for name, value in data.multi_items()
        if isinstance(value, str)
    ]
    uploads = [(name, value) for name, value in data.multi_items() if isinstance(value, UploadFile)]
    return Form(fields, uploads)


def redirect(
    url: str, who: SignedIn | None = None, *, flash: str = "", undo: str = "", bad: bool = False
) -> RedirectResponse:
    """To another page after a deed (303). It tells `flash`; `undo` is a path that a button there posts to."""
    if flash and who is not None:
        with transaction() as session:
            leave_flash(session, who.session_id, {"text": flash, "undo": undo, "bad": bad})
    return RedirectResponse(url, 303)
