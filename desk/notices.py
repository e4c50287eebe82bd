"""What staff are told: a user's own notices and those of their role, read and unread."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from crm_store.database import transaction
from crm_store.queries.staff_feed import count_unread, staff_lines, told_to
from crm_store.region import region
from crm_store.services.staff_notices import mark_read
from desk.access import SignedIn, allowed
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.words import language, ngettext

router = APIRouter(prefix="/desk/notices")
Anybody = Annotated[SignedIn, Depends(allowed())]


@router.get("")
def notices(request: Request, who: Anybody, all: Annotated[bool, Query()] = False) -> HTMLResponse:
    """The unread ones, or all, the newest first."""
    with transaction() as session:
        lines = staff_lines(
            session, region(), who.username, who.role, who.scope, language=language(), unread=not all
        )
        unread = count_unread(session, who.username, who.role, who.scope)
    return page(request, who, "notices/notices.html", lines=lines, unread=unread, all=all)


@router.post("/read")
def read(who: Anybody, form: Annotated[Form, Depends(posted)]) -> Response:
    """Those that were marked are read; what was told to a role is read for everybody who has it."""
    chosen = []
    for given in form.many("notice"):
        try:
            chosen.append(UUID(given))
        except ValueError:
            continue
    with transaction() as session:
        count = mark_read(session, chosen, told_to(who.username, who.role, who.scope), datetime.now(UTC))
    said = ngettext("%(num)s notice is read.", "%(num)s notices are read.", count) if count else ""
    return redirect("/desk/notices", who, flash=said)
