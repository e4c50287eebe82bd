"""Who viewed and changed what."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from crm_store.database import transaction
from crm_store.queries.audit import Deed, deeds
from crm_store.queries.users import users
from crm_store.texts import LOCAL_TIME
from desk.access import SignedIn, allowed
from desk.pages import page
from desk.staff_names import SUBJECT_NAMES, subject_name
from desk.words import _

router = APIRouter(prefix="/desk/administration/audit")

ON_A_PAGE = 100
_PAGES = {"case": "/desk/cases/{}", "conversation": "/desk/chats/{}", "citizen": "/desk/citizens/{}"}


@router.get("")
def show(
    request: Request,
    who: Annotated[SignedIn, Depends(allowed("audit"))],
    username: Annotated[str, Query(max_length=80)] = "",
    subject: Annotated[str, Query(max_length=40)] = "",
    what: Literal["", "views", "changes"] = "",
    first: Annotated[str, Query(alias="from", max_length=10)] = "",
    last: Annotated[str, Query(alias="to", max_length=10)] = "",
    before: Annotated[int | None, Query(gt=0)] = None,
) -> Response:
    """The newest hundred deeds that fit, and the way to the older ones."""
    since, until = _midnight(first), _midnight(last)
    with transaction() as session:
        found = deeds(
            session,
            username=username.strip().lower(),
            subject_type=subject,
            views={"views": True, "changes": False}.get(what),
            since=since,
            until=until + timedelta(days=1) if until else None,
            within=who.municipality,
            before=before,
            limit=ON_A_PAGE + 1,
        )
        staff = [one.user for one in users(session, datetime.now(UTC), within=who.municipality)]
    asked = {"username": username, "subject": subject, "what": what, "from": first, "to": last}
    return page(
        request, who, "audit/audit.html",
        found=found[:ON_A_PAGE],
        older=found[ON_A_PAGE - 1].number if len(found) > ON_A_PAGE else None,
        asked=asked,
        staff=[("", _("everybody"))] + [(user.username, user.name or user.username) for user in staff],
        subjects=[("", _("everything"))] + [(kind, subject_name(kind)) for kind in SUBJECT_NAMES],
        link=_link,
    )  # fmt: skip


def _link(deed: Deed) -> str:
    """The page of what was viewed or changed; empty for what has none."""
    if deed.subject_type == "user":
        return f"/desk/administration/users/{deed.subject_id}"
    return _PAGES[deed.subject_type].format(deed.subject) if deed.subject_type in _PAGES else ""


def _midnight(day: str) -> datetime | None:
    """The local beginning of an ISO day; None for what is none."""
    try:
        return datetime.combine(date.fromisoformat(day), time(), LOCAL_TIME)
    except ValueError:
        return None
