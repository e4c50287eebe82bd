"""Deeds done to a case from its page: shown before the citizen hears of them, done, taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from crm_store.database import transaction
from crm_store.domain.case_deeds import AT_ONCE, DEEDS, TOLD, Deed
from crm_store.domain.typed_values import read_amount
from crm_store.queries.case_page import view_case
from crm_store.queries.case_versions import changes_since
from crm_store.queries.colleagues import who_could_work_on
from crm_store.queries.notice_previews import Preview
from crm_store.region import region
from crm_store.services.case_deeds import ChangedMeanwhile, do_deed, preview_deed
from crm_store.services.notices import LONGEST_QUESTION
from crm_store.texts import LOCAL_TIME
from desk import case_words
from desk.access import SignedIn
from desk.case import Attempt, case_or_404, case_page, deeds_of
from desk.case_division import read_division
from desk.case_form import LONGEST_TEXT
from desk.cases import Who
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.refusals import BY_RULES, refused
from desk.words import N_, _

router = APIRouter(prefix="/desk/cases")
Posted = Annotated[Form, Depends(posted)]

#: What a deed does not go without, and what is said when it is missing.
_NEEDED = {
    "wait": {"text": N_("Write what the person is asked.")},
    "resolve": {"text": N_("Write what was done: the person hears it.")},
    "decide": {
        "outcome": N_("Choose the outcome."),
        "text": N_("Write the reasons: the person has a right to them."),
    },
    "delay": {"text": N_("Write why it takes longer: the person hears it.")},
    "note": {"text": N_("Write the note.")},
    "assign": {"to": N_("Choose who gets it.")},
    "refer": {"to": N_("Choose where it goes."), "text": N_("Write why: who gets it reads this.")},
    "decline": {"text": N_("Write why: the sender reads it.")},
    "priority": {"priority": N_("Choose the priority."), "text": N_("Write why.")},
    "category": {"category": N_("Choose the category."), "text": N_("Write why.")},
    "merge": {"to": N_("Write the reference of the case to keep.")},
    "split": {"text": N_("Write why they are not the same.")},
    "close": {"text": N_("Write why: the person hears it.")},
    "reopen": {"text": N_("Write why.")},
}


@router.post("/{reference}/{deed}")
def do(request: Request, who: Who, reference: str, deed: str, form: Posted) -> Response:
    """Do it; before the citizen hears of it the words are shown once, unless the page has shown them."""
    known, fields, faults = _read(who, reference, deed, form)
    if faults:
        return case_page(request, who, reference, attempt=Attempt(known, form, faults), status=422)
    now = datetime.now(UTC)
    seen = _version(form["version"])
    if known == "divide":
        seen = seen or 0  # nothing else tells a form that came twice from two of them
    shown = form["previewed"] == "yes" or known in AT_ONCE or known not in TOLD
    try:
        with transaction() as session:
            if shown:
                done = do_deed(session, region(), reference, known, fields, who.actor, now, seen)
            else:
                case = case_or_404(session, who, reference)
                if seen is not None and changes_since(session, case.id, seen):
                    raise ChangedMeanwhile(case.reference)
                told = preview_deed(session, region(), reference, known, fields, who.actor, now)
    except ChangedMeanwhile:
        attempt = Attempt(known, form, {}, changed_since=seen)
        return case_page(request, who, reference, attempt=attempt, status=409)
    except BY_RULES as error:
        attempt = Attempt(known, form, {"deed": refused(error)})
        return case_page(request, who, reference, attempt=attempt, status=422)
    if not shown:
        return case_page(request, who, reference, attempt=Attempt(known, form, {}, told=told))
    said = _(case_words.DONE[known], reference=done.reference, second=done.second)
    undo = f"/desk/cases/undo/{done.undo}" if done.undo else ""
    return redirect(_next_page(who, done.reference), who, flash=said, undo=undo)


@router.post("/{reference}/{deed}/preview")
def preview(request: Request, who: Who, reference: str, deed: str, form: Posted) -> Response:
    """What the citizen would hear of what is typed so far, for the open page."""
    known, fields, faults = _read(who, reference, deed, form)
    told: list[Preview] | None = None
    if not faults:
        try:
            with transaction() as session:
                told = preview_deed(session, region(), reference, known, fields, who.actor, datetime.now(UTC))
        except BY_RULES as error:
            faults = {"deed": refused(error)}
    return page(
        request, who, "cases/_preview.html", told=told, fault=faults.get("deed", ""), words=case_words
    )


def _read(
    who: SignedIn, reference: str, deed: str, form: Form
) -> tuple[Deed, dict[str, str], dict[str, str]]:
    """The deed, its fields and what is wrong with them; 404 for what this user cannot do to the case."""
    if deed not in DEEDS:
        raise HTTPException(404)
    known = deed
    fields = {name: form[name] for name in ("text", "to", "priority", "category", "outcome")}
    faults = {name: _(said) for name, said in _NEEDED.get(known, {}).items() if not fields[name]}
    if len(fields["text"]) > LONGEST_TEXT:
        faults["text"] = _(
            "Too long: %(a)s characters, at most %(b)s.", a=len(fields["text"]), b=LONGEST_TEXT
        )
    with transaction() as session:
        case = case_or_404(session, who, reference)
        if known == "assign" and fields["to"]:
            staff = {user.username for user in who_could_work_on(session, [case])}
            if fields["to"] not in staff:
                faults["to"] = _("Choose who gets it.")
        if known == "merge" and fields["to"]:
            try:
                case_or_404(session, who, fields["to"])
            except HTTPException:
                faults["to"] = _("There is no such case in your area of work.")
        if known not in deeds_of(who, view_case(session, region(), case, datetime.now(UTC))):
            faults["deed"] = _("This cannot be done to the case as it stands now.")
    if known == "divide":
        fields, wrong = read_division(form)
        return known, fields, wrong | faults
    if known == "decide":
        fields["amount"], fault = _amount(form["amount"])
        faults |= fault
    elif known == "delay":
        fields["until"], fault = _until(form["until"])
        faults |= fault
    if known == "wait" and len(fields["text"]) > LONGEST_QUESTION:
        faults["text"] = _("At most %(number)s letters fit into the SMS.", number=LONGEST_QUESTION)
    return known, fields, faults


def _version(typed: str) -> int | None:
    """The number that the form carries; what no event can have is none."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else None


def _amount(typed: str) -> tuple[str, dict[str, str]]:
    """'R1 240,55' or '1240.55' as '1240.55'."""
    amount = read_amount(typed) if typed else None
    if typed and amount is None:
        return "", {"amount": _("Write the amount like 1240.55.")}
    return str(amount or ""), {}


def _until(typed: str) -> tuple[str, dict[str, str]]:
    """A day, to the end of office hours as people take it."""
    if not typed:
        return "", {}
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return "", {"until": _("Write the day like 2026-11-30.")}
    at = datetime.combine(day, time(16), LOCAL_TIME)
    if at <= datetime.now(UTC):
        return "", {"until": _("The new day must be ahead.")}
    return at.isoformat(), {}


def _next_page(who: SignedIn, reference: str) -> str:
    """Back to the case, or to the list when it went out of the user's area of work."""
    with transaction() as session:
        try:
            case_or_404(session, who, reference)
        except HTTPException:
            return "/desk/cases"
    return f"/desk/cases/{reference}"
