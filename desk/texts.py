"""What citizens read, in other words: looked up, proposed, previewed, approved by a second person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from crm_store.database import transaction
from crm_store.domain.region_overlay import RegionRefused
from crm_store.domain.segments import segments
from crm_store.domain.wordings import WordingFault, most_segments, placeholders
from crm_store.queries.proposals import TextRow, proposals, proposals_of, text_rows
from crm_store.region import look_again, region, region_file
from crm_store.services.proposals import (
    ProposalRefused,
    WordingRefused,
    approve_proposal,
    check_wording,
    propose_wording,
    reject_proposal,
    text_way,
    withdraw_proposal,
)
from crm_store.services.region_changes import CannotUndo, preview_change, undo_change
from crm_store.services.translations import propose_catalogue, write_catalogue
from crm_store.tables import Proposal, RegionChange
from crm_store.text_samples import longest_text
from crm_store.texts import LANGUAGES, shipped_wording, sources
from desk.access import SignedIn, allowed
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.refusals import plainly
from desk.words import N_, _

router = APIRouter(prefix="/desk/texts")
Writer = Annotated[SignedIn, Depends(allowed("texts"))]
Approver = Annotated[SignedIn, Depends(allowed("publish"))]
Posted = Annotated[Form, Depends(posted)]

#: A translator's file is some hundred short texts.
LARGEST_CATALOGUE = 1_000_000
ROWS_A_PAGE = 60
LANGUAGE_NAMES = {"en": N_("English"), "zu": N_("isiZulu")}
FAULTS = {
    "empty": N_("Write some words, or take those that ship."),
    "unknown_value": N_("{%(about)s} is no value of this text."),
    "missing_value": N_("{%(about)s} is missing: people need it."),
    "loose_brace": N_("There is a { or } without its partner."),
    "costly_letters": N_("These letters make every SMS cost double: %(about)s"),
    "link": N_("No links: basic phones cannot open them."),
    "same_in_both": N_("This is the same as in the other language."),
    "too_long": N_("With its longest values this is %(about)s SMS segments: too many."),
    "refused": N_("This cannot stand there: %(about)s"),
}
REFUSALS = {
    "own": N_("You proposed this yourself: a second person approves it."),
    "overtaken": N_("The text was changed since this was proposed. Look at both and propose it anew."),
    "no_reason": N_("Say why: whoever proposed it learns from the reason."),
    "not_yours": N_("Only who proposed it withdraws it. You can reject it with a reason."),
    "gone": N_("There is no such proposal any more."),
    "decided": N_("Somebody else has decided this already."),
    "no_catalogue": N_("This is no .po file that we can read."),
}
STATES = {
    "open": N_("waits"),
    "approved": N_("approved"),
    "rejected": N_("rejected"),
    "withdrawn": N_("withdrawn"),
    "replaced": N_("replaced by a newer one"),
}


@router.get("")
def texts(request: Request, who: Writer, q: str = "", which: str = "", start: int = 0) -> HTMLResponse:
    """The replies, searched in both languages; a page of them from `start` on."""
    with transaction() as session:
        rows = text_rows(session, region(), search=q, which=which)
        waiting = len(proposals(session, open_only=True))
    first = min(max(start, 0), max(len(rows) - 1, 0))
    values: dict[str, Any] = {"shown": rows[first : first + ROWS_A_PAGE], "first": first, "step": ROWS_A_PAGE}
    return page(request, who, "texts/list.html", rows=rows, q=q, which=which, waiting=waiting, **values)


@router.get("/proposals")
def waiting(request: Request, who: Writer) -> HTMLResponse:
    """What waits for a second person, and what was decided lately."""
    with transaction() as session:
        rows = proposals(session, open_only=True)
        decided = [row for row in proposals(session, limit=60) if row.state != "open"][:30]
    return page(request, who, "texts/proposals.html", rows=rows, decided=decided, state_name=_state)


@router.post("/proposals/{proposal_id}/{deed}")
def decide(who: Writer, form: Posted, proposal_id: UUID, deed: str) -> RedirectResponse:
    """Approve or reject another's proposal, or withdraw one's own."""
    if deed not in ("approve", "reject", "withdraw"):
        raise HTTPException(404)
    if deed != "withdraw" and not who.may("publish"):
        raise HTTPException(403, _("Your role proposes texts; somebody who publishes approves them."))
    back, now = "/desk/texts/proposals", datetime.now(UTC)
    try:
        with transaction() as session:
            if deed == "approve":
                row = approve_proposal(session, region_file(), proposal_id, who.actor, now, form["note"])
                said = _("Everybody reads the new words from now on.")
                undo = f"/desk/texts/changes/{row.change_number}/undo" if row.change_number else ""
            elif deed == "reject":
                reject_proposal(session, proposal_id, who.actor, now, form["note"])
                said, undo = _("Rejected; everything stays as it is."), ""
            else:
                withdraw_proposal(session, proposal_id, who.actor, now)
                said, undo = _("Withdrawn."), ""
    except ProposalRefused as refusal:
        return redirect(back, who, flash=_refused(refusal.why), bad=True)
    except RegionRefused as refusal:
        why = "; ".join(plainly(message) for _field, message in refusal.faults)
        return redirect(back, who, flash=_fault(WordingFault("refused", why)), bad=True)
    look_again()
    return redirect(back, who, flash=said, undo=undo)


@router.post("/changes/{number}/undo", dependencies=[Depends(posted)])
def undo(who: Approver, number: int) -> RedirectResponse:
    """Take an approved wording back."""
    with transaction() as session:
        change = session.get(RegionChange, number)
        if change is None or not change.way.startswith(("texts.", "knowledge.")):
            raise HTTPException(404)
        try:
            undo_change(session, region_file(), number, who.actor, datetime.now(UTC))
        except CannotUndo:
            return redirect("/desk/texts/proposals", who, flash=_refused("overtaken"), bad=True)
    look_again()
    return redirect("/desk/texts/proposals", who, flash=_("The words of before are back."))


@router.get("/catalogue/{language}.po", dependencies=[Depends(allowed("texts"))])
def catalogue(language: str) -> Response:
    """All replies of a language for a translator."""
    if language not in LANGUAGES:
        raise HTTPException(404)
    name = f'attachment; filename="phendula-{language}.po"'
    return Response(
        write_catalogue(region(), language),
        media_type="text/x-gettext",
        headers={"Content-Disposition": name},
    )


@router.post("/catalogue/{language}")
async def take_catalogue(request: Request, who: Writer, form: Posted, language: str) -> Response:
    """A translator's file: what differs is proposed, what breaks a rule is named."""
    files = form.files("catalogue")
    if language not in LANGUAGES:
        raise HTTPException(404)
    if not files:
        return redirect("/desk/texts", who, flash=_("Choose a .po file first."), bad=True)
    content = await files[0].read(LARGEST_CATALOGUE + 1)
    if len(content) > LARGEST_CATALOGUE:
        return redirect("/desk/texts", who, flash=_("This file is too large for a catalogue."), bad=True)
    return await run_in_threadpool(_propose_catalogue, request, who, language, content)


def _propose_catalogue(request: Request, who: SignedIn, language: str, content: bytes) -> Response:
    now = datetime.now(UTC)
    try:
        text = content.decode("utf-8")
        with transaction() as session:
            proposed, refused = propose_catalogue(
                session, region_file(), region(), language, text, who.actor, now
            )
            ways = [row.way.split(".")[1] for row in proposed]
    except (ProposalRefused, UnicodeDecodeError):
        return redirect("/desk/texts", who, flash=_refused("no_catalogue"), bad=True)
    values: dict[str, Any] = {"proposed": ways, "refused": refused, "language_name": _name(language)}
    return page(request, who, "texts/catalogue.html", **values)


@router.get("/{key}")
def one_text(request: Request, who: Writer, key: str) -> HTMLResponse:
    """A reply in both languages: what it says, what it costs, what was proposed."""
    return _text_page(request, who, key)


@router.post("/{key}/preview")
def preview(request: Request, who: Writer, form: Posted, key: str) -> HTMLResponse:
    """How these words look on a phone, what they cost, and what is wrong with them."""
    _known(key, form["language"])
    values = _previewed(key, form["language"], form["words"])
    return page(request, who, "texts/_preview.html", **values)


@router.post("/{key}")
def propose(request: Request, who: Writer, form: Posted, key: str) -> Response:
    """Propose other words, or those that ship."""
    language = form["language"]
    _known(key, language)
    words = None if "as_shipped" in form else form["words"].replace("\r\n", "\n")
    if words is not None and not words.strip():
        empty = {
            "language": language,
            "words": "",
            "why": form["why"],
            "faults": _said([WordingFault("empty")]),
        }
        return _text_page(request, who, key, 422, typed=empty)
    try:
        with transaction() as session:
            propose_wording(
                session, region_file(), region(), key, language, words, who.actor, datetime.now(UTC),
                why=form["why"],
            )  # fmt: skip
    except WordingRefused as refusal:
        typed: dict[str, Any] = {"language": language, "words": words or "", "why": form["why"]}
        typed["faults"] = _said(refusal.faults)
        return _text_page(request, who, key, 422, typed=typed)
    except ProposalRefused:
        return redirect(f"/desk/texts/{key}", who, flash=_("Nothing would change: it says that already."))
    return redirect(f"/desk/texts/{key}", who, flash=_("Proposed. A second person approves it."))


def _text_page(
    request: Request, who: SignedIn, key: str, status: int = 200, typed: dict[str, Any] | None = None
) -> HTMLResponse:
    _known(key, "en")
    with transaction() as session:
        row: TextRow = text_rows(session, region(), keys=[key])[0]
        said = proposals_of(session, [text_way(key, language) for language in LANGUAGES])
    open_ones = {one.way.rpartition(".")[2]: one for one in said if one.state == "open"}
    words = {
        language: typed["words"]
        if typed and typed["language"] == language
        else (open_ones[language].value if language in open_ones else row.words[language])
        for language in LANGUAGES
    }
    return page(
        request,
        who,
        "texts/text.html",
        status,
        row=row,
        words={language: text or shipped_wording(key, language) for language, text in words.items()},
        shipped={language: shipped_wording(key, language) for language in LANGUAGES},
        values=sorted(placeholders(sources()[key].text)),
        buttons=sources()[key].buttons,
        previews={language: _previewed(key, language, words[language] or "") for language in LANGUAGES},
        typed=typed,
        open_ones=open_ones,
        history=said,
        names={language: _name(language) for language in LANGUAGES},
        state_name=_state,
    )


def _previewed(key: str, language: str, words: str) -> dict[str, Any]:
    """The text at its longest, what it costs, and its faults in words."""
    with transaction() as session:
        faults = (
            check_wording(session, region_file(), region(), key, language, words) if words.strip() else []
        )
        shown = ""
        if words.strip() and not any(one.rule == "refused" for one in faults):
            _before, changed = preview_change(session, region_file(), text_way(key, language), words.strip())
            shown = longest_text(key, language, changed)
    return {
        "shown": shown,
        "count": segments(shown).count if shown else 0,
        "characters": len(words.strip()),
        "most": most_segments(key),
        "faults": _said(faults),
        "language": language,
    }


def _known(key: str, language: str) -> None:
    if key not in sources() or not key.startswith("utter_") or language not in LANGUAGES:
        raise HTTPException(404)


def _said(faults: list[WordingFault]) -> list[str]:
    return [_fault(one) for one in faults]


def _fault(fault: WordingFault) -> str:
    return _(FAULTS[fault.rule], about=fault.about or "-")


def _refused(why: str) -> str:
    return _(REFUSALS[why])


def _state(row: Proposal) -> str:
    return _(STATES[row.state])


def _name(language: str) -> str:
    return _(LANGUAGE_NAMES[language])
