"""Training: the first page, and the inbox of messages worth a look."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from crm_store.database import transaction
from crm_store.domain.examples import WITH_CATEGORY, Example
from crm_store.example_files import NLU_DATA
from crm_store.queries.examples import all_examples, example_with
from crm_store.queries.training_figures import weekly_figures
from crm_store.queries.training_inbox import InboxCount, InboxGroup, count_inbox, inbox_group
from crm_store.region import region
from crm_store.services.examples import pending_changes
from crm_store.services.training_inbox import (
    Answer,
    AnswerRefused,
    NotYours,
    decide,
    lease_groups,
    pass_by,
    set_aside,
    undo_last,
)
from crm_store.texts import LOCAL_TIME
from desk.access import SignedIn, allowed
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.refusals import plainly
from desk.training_words import choices
from desk.words import _, ngettext

router = APIRouter(prefix="/desk/training")
Trainer = Annotated[SignedIn, Depends(allowed("train"))]
Posted = Annotated[Form, Depends(posted)]
INBOX = "/desk/training/inbox"
#: Groups that lie ready in the page, the one that is shown included: keys are faster than the network.
_READY = 3
_NONE: list[str] = []


@router.get("")
def show(request: Request, who: Trainer) -> HTMLResponse:
    """What there is to do, and how well messages are understood."""
    now = datetime.now(UTC)
    with transaction() as session:
        values: dict[str, Any] = {
            "counts": count_inbox(session, who.username, _midnight(now)),
            "examples": len(all_examples(session, NLU_DATA)),
            "pending": len(pending_changes(session)),
            "week": next((one for one in weekly_figures(session, now, 4) if one.looked_at), None),
        }
    return page(request, who, "training/start.html", **values, **choices())


@router.get("/inbox")
def show_inbox(request: Request, who: Trainer) -> HTMLResponse:
    """The worthiest group of messages, and the next ones ready behind it."""
    now = datetime.now(UTC)
    with transaction() as session:
        shown = _lease(session, who, now, _READY)
        counts = count_inbox(session, who.username, _midnight(now))
    return _groups(request, who, "training/inbox.html", shown, counts)


@router.get("/inbox/_new")
def show_new(request: Request, who: Trainer, known: int = 0) -> HTMLResponse:
    """How many messages came in beyond those that the page knows of, and the key that shows them."""
    with transaction() as session:
        counts = count_inbox(session, who.username, _midnight(datetime.now(UTC)))
    return page(request, who, "training/_new.html", new=max(0, counts.messages - known))


@router.get("/inbox/_next")
def show_next(request: Request, who: Trainer, beside: Annotated[list[str], Query()] = _NONE) -> HTMLResponse:
    """The group with the newest message besides those that the page has, and what is left by now."""
    now = datetime.now(UTC)
    with transaction() as session:
        known = [UUID(one) for one in beside if _is_id(one)]
        shown = _lease(session, who, now, 1, known, newest=True)
        counts = count_inbox(session, who.username, _midnight(now))
    told = _("The newest comes after this one.") if known and shown else ""
    return _groups(request, who, "training/_next.html", shown, counts, told)


@router.post("/inbox/undo", dependencies=[Depends(posted)])
def undo(who: Trainer) -> Response:
    """The last answer is taken back; its messages lie first again."""
    with transaction() as session:
        group_id = undo_last(session, who.username, datetime.now(UTC))
    told = _("Your last answer is taken back.") if group_id else _("There is nothing to take back.")
    return redirect(INBOX, who, flash=told, bad=group_id is None)


@router.post("/inbox/{group_id}")
def answer(request: Request, who: Trainer, form: Posted, group_id: UUID) -> Response:
    """Save, skip, or not for training. A script gets the groups that come next, a form the inbox again.

    The group itself comes back with what is wrong beside its fields (422).
    """
    now = datetime.now(UTC)
    beside, unsaved = (
        [UUID(one) for one in form.many(name) if _is_id(one)] for name in ("beside", "unsaved")
    )
    try:
        with transaction() as session:
            told = _deed(session, who, form, group_id, now)
    except NotYours:
        told = _("Somebody else has decided these messages meanwhile.")
    except AnswerRefused as refused:
        return _refused(request, who, form, group_id, refused)
    if not form["script"]:
        return redirect(INBOX, who, flash=told)
    with transaction() as session:
        # What is answered there and on its way here lies ready for nobody, and must not be shown once more.
        shown = _lease(session, who, now, max(0, _READY - len(beside)), [*beside, *unsaved])
        counts = count_inbox(session, who.username, _midnight(now))
    return _groups(request, who, "training/_next.html", shown, counts, told)


def _groups(
    request: Request,
    who: SignedIn,
    template: str,
    shown: list[InboxGroup],
    counts: InboxCount,
    told: str = "",
) -> HTMLResponse:
    groups = [_values(one) for one in shown]
    return page(request, who, template, groups=groups, counts=counts, told=told, **choices())


def _deed(session: Session, who: SignedIn, form: Form, group_id: UUID, now: datetime) -> str:
    if form["deed"] in ("skip", "unfit"):
        unfit = form["deed"] == "unfit"
        pass_by(session, region(), group_id, who.username, now, unfit=unfit)
        return _("Not for training.") if unfit else _("Skipped; others still see it.")
    said = Answer(
        message_class=form["class"],
        category=(form["category"] or None) if form["class"] in WITH_CATEGORY else None,
        language=form["language"],
        text=form["text"],
        learn=bool(form["learn"]) and form["deed"] != "count",
    )
    done = decide(session, region(), NLU_DATA, group_id, said, who.username, now)
    saved = ngettext("Saved for %(num)s message.", "Saved for %(num)s messages.", done.messages)
    outcomes = {
        "added": _("It is an example now."),
        "known": _("An example like it is there already."),
        "measured": _("It is like a message that we measure with, so it is not learnt."),
    }
    return f"{saved} {outcomes.get(done.example, '')}".strip()


def _refused(request: Request, who: SignedIn, form: Form, group_id: UUID, error: AnswerRefused) -> Response:
    faults = _in_words(error)
    with transaction() as session:
        group = inbox_group(session, region(), group_id, who.username)
        conflict = example_with(session, NLU_DATA, faults["conflict"]) if "conflict" in faults else None
        counts = count_inbox(session, who.username, _midnight(datetime.now(UTC)))
    if group is None:
        return redirect(INBOX, who, flash=_("These messages are not shown any more."), bad=True)
    values = _values(group, form, faults, conflict)
    template = "training/_next.html" if form["script"] else "training/inbox.html"
    return page(request, who, template, 422, groups=[values], counts=counts, told="", **choices())


def _in_words(error: AnswerRefused) -> dict[str, str]:
    """What is wrong, by its field, in the reader's language; 'conflict' stays the example's key."""
    text = _("The marks are not right: %(why)s", why=plainly(error.faults.get("text", "")))
    if error.own:
        text = _("'%(words)s' is of the person who wrote: put another in its place.", words=error.own)
    words = {
        "class": _("Choose what it is."),
        "category": _("Say what it is about."),
        "language": _("Choose the language."),
        "text": text,
        "conflict": error.faults.get("conflict", ""),
    }
    return {field: words[field] for field in error.faults}


def _lease(
    session: Session,
    who: SignedIn,
    now: datetime,
    number: int,
    beside: list[UUID] | None = None,
    *,
    newest: bool = False,
) -> list[InboxGroup]:
    """The next groups; those of which nothing may be seen any more are set aside on the way."""
    found: list[InboxGroup] = []
    passed = list(beside or [])
    while len(found) < number:
        leased = lease_groups(session, who.username, now, 1, beside=passed, newest=newest)
        if not leased:
            break
        passed += leased
        group = inbox_group(session, region(), leased[0], who.username)
        if group is None:
            set_aside(session, leased[0])
        else:
            found.append(group)
    return found


def _values(
    group: InboxGroup,
    form: Form | None = None,
    faults: dict[str, str] | None = None,
    conflict: Example | None = None,
) -> dict[str, Any]:
    """A group as its form shows it: as suggested, or as it was typed. Of a blind one nothing is suggested."""
    suggested = (
        {}
        if group.blind
        else {
            "class": group.suggested_class,
            "category": group.suggested_category or "",
            "language": group.said_language or "",
        }
    )
    return {
        "group": group,
        "faults": faults or {},
        "conflict": conflict,
        "text": form["text"] if form else group.text.annotated(),
        **{
            name: form[name] if form else suggested.get(name, "")
            for name in ("class", "category", "language")
        },
        "learn": bool(form["learn"]) if form else not group.second,
    }


def _midnight(now: datetime) -> datetime:
    return now.astimezone(LOCAL_TIME).replace(hour=0, minute=0, second=0, microsecond=0)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
