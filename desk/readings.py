"""Readings that wait for a person, pictures of meters, and the batches that went to billing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from sqlalchemy.orm import Session

from crm_store.database import transaction
from crm_store.domain.billing_export import in_pieces, lines
from crm_store.queries.files import files_of_reading
from crm_store.queries.photos import photos_to_read
from crm_store.queries.reading_review import ReadingToReview, other_registers, readings_to_review
from crm_store.queries.readings import batches
from crm_store.region import region
from crm_store.services.audit import note_view
from crm_store.services.notices import LONGEST_REASON
from crm_store.services.photo_review import dismiss_photo, read_photo
from crm_store.services.reading_exports import BatchNotFound, batch_of, batch_rows
from crm_store.services.reading_review import (
    ReviewRefused,
    accept_reading,
    correct_reading,
    reject_reading,
)
from crm_store.tables import Account, Media, Message
from desk.access import SignedIn, allowed
from desk.files import file_answer
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.refusals import refused
from desk.words import N_, _

router = APIRouter(prefix="/desk/readings")
HOME = "/desk/readings"
Biller = Annotated[SignedIn, Depends(allowed("billing"))]
Posted = Annotated[Form, Depends(posted)]
_SHOWN = 100

#: Why a reading waits.
FLAGS = {
    "early": N_("before its days"),
    "late": N_("after its days"),
    "zero_use": N_("nothing used"),
    "high_use": N_("very much used"),
    "low_use": N_("very little used"),
    "roll_over": N_("the meter began at 0 again"),
    "below_last": N_("below the last reading"),
    "customer_insists": N_("the person insists"),
    "many_from_phone": N_("many from this phone today"),
    "many_for_account": N_("many for this account today"),
    "many_accounts": N_("this phone reads many accounts"),
    "other_phone": N_("another phone sent another one that day"),
    "corrected_by_staff": N_("put right by staff"),
}


@router.get("")
def readings(request: Request, who: Biller) -> HTMLResponse:
    """Those that wait, oldest first."""
    with transaction() as session:
        waiting = readings_to_review(session, municipality=who.municipality, limit=_SHOWN)
        pictures = photos_to_read(session, limit=_SHOWN, municipality=who.municipality)
    return page(
        request,
        who,
        "readings/list.html",
        readings=waiting,
        pictures=len(pictures),
        flags=FLAGS,
        tab="readings",
    )


@router.get("/pictures")
def pictures(request: Request, who: Biller) -> HTMLResponse:
    """Pictures that belong to no reading and no case: perhaps of a meter."""
    return _pictures(request, who)


@router.get("/pictures/{media_id}/file")
def picture(who: Biller, media_id: UUID) -> Response:
    """The picture itself; it was drawn anew when it came in, and is nothing but a picture."""
    with transaction() as session:
        row = _picture(session, who, media_id)
        answer = file_answer(row)
        message = session.get_one(Message, row.message_id)
        note_view(session, who.actor, "conversation", message.conversation_id, datetime.now(UTC))
    return answer


@router.post("/pictures/{media_id}/read")
def read(request: Request, who: Biller, media_id: UUID, form: Posted) -> Response:
    """Enter the reading that a picture shows; its sender is told."""
    account, digits = form["account"].replace(" ", ""), form["digits"]
    try:
        with transaction() as session:
            _picture(session, who, media_id)
            _insist_on_account(session, who, account)
            read_photo(
                session,
                region(),
                media_id,
                account,
                digits,
                who.actor,
                datetime.now(UTC),
                form["service"] or None,
            )
    except ReviewRefused as refusal:
        typed = {"account": account, "digits": digits, "service": form["service"]}
        return _pictures(request, who, (media_id, refused(refusal), typed))
    return redirect(f"{HOME}/pictures", who, flash=_("Taken; whoever sent the picture is told."))


@router.post("/pictures/{media_id}/dismiss")
def dismiss(request: Request, who: Biller, media_id: UUID, form: Posted) -> Response:
    """The picture cannot be used; its sender is told why."""
    try:
        with transaction() as session:
            _picture(session, who, media_id)
            dismiss_photo(session, region(), media_id, form["reason"], who.actor, datetime.now(UTC))
    except ReviewRefused as refusal:
        return _pictures(request, who, (media_id, refused(refusal), {"reason": form["reason"]}))
    return redirect(f"{HOME}/pictures", who, flash=_("Its sender is told why, and asked to write."))


@router.get("/batches")
def handed_over(request: Request, who: Biller, waiting: Annotated[bool, Query()] = False) -> HTMLResponse:
    """What went to billing, the newest first; `waiting`: what billing has not acknowledged."""
    with transaction() as session:
        rows = batches(session, waiting_only=waiting, municipality=who.municipality)
    return page(request, who, "readings/batches.html", batches=rows, waiting=waiting, tab="batches")


@router.get("/batches/{number}/file")
def batch_file(who: Biller, number: int) -> Response:
    """A batch again as its file, the same as it was handed over."""
    try:
        with transaction() as session:
            batch = batch_of(session, number, who.municipality)
            note_view(session, who.actor, "user", who.user_id, datetime.now(UTC))
    except BatchNotFound:
        raise HTTPException(404) from None
    layout = region().export_layout(batch.municipality)

    def file() -> Iterator[str]:
        with transaction() as session:
            yield from in_pieces(lines(batch_rows(session, number), layout))

    name = "-".join(part for part in ("readings", batch.municipality, f"{number:06d}") if part)
    return StreamingResponse(
        file(),
        media_type="text/csv" if layout.format == "csv" else "application/x-ndjson",
        headers={"Content-Disposition": f'attachment; filename="{name}.{layout.format}"'},
    )


@router.get("/{reading_id}")
def reading(request: Request, who: Biller, reading_id: UUID) -> HTMLResponse:
    """One, with the words and pictures that came with it."""
    return _show(request, who, reading_id)


@router.post("/{reading_id}/accept")
def accept(request: Request, who: Biller, reading_id: UUID, form: Posted) -> Response:
    """It is right as it is; its sender is told."""
    del form
    return _deed(
        request, who, reading_id, _("Accepted; whoever sent it is told."),
        lambda session, now: accept_reading(session, region(), reading_id, who.actor, now),
    )  # fmt: skip


@router.post("/{reading_id}/correct")
def correct(request: Request, who: Biller, reading_id: UUID, form: Posted) -> Response:
    """Another reading takes its place, also when billing has it already."""
    return _deed(
        request, who, reading_id, _("Put right; whoever sent it is told."),
        lambda session, now: correct_reading(session, region(), reading_id, form["digits"], who.actor, now),
        {"digits": form["digits"]},
    )  # fmt: skip


@router.post("/{reading_id}/reject")
def reject(request: Request, who: Biller, reading_id: UUID, form: Posted) -> Response:
    """It cannot be used; its sender is told why, in these words."""
    return _deed(
        request, who, reading_id, _("Rejected; whoever sent it is told why."),
        lambda session, now: reject_reading(session, region(), reading_id, form["reason"], who.actor, now),
        {"reason": form["reason"]},
    )  # fmt: skip


def _deed(
    request: Request,
    who: SignedIn,
    reading_id: UUID,
    said: str,
    deed: Callable[[Session, datetime], object],
    typed: dict[str, str] | None = None,
) -> Response:
    try:
        with transaction() as session:
            _own(session, who, reading_id)
            deed(session, datetime.now(UTC))
            following = readings_to_review(session, municipality=who.municipality, limit=1)
    except ReviewRefused as refusal:
        return _show(request, who, reading_id, refused(refusal), typed)
    # Whoever works through them gets the next one.
    return redirect(f"{HOME}/{following[0].reading_id}" if following else HOME, who, flash=said)


def _own(session: Session, who: SignedIn, reading_id: UUID) -> ReadingToReview:
    found = readings_to_review(session, municipality=who.municipality, reading_id=reading_id)
    if not found:
        raise HTTPException(404)
    return found[0]


def _show(
    request: Request, who: SignedIn, reading_id: UUID, fault: str = "", typed: dict[str, str] | None = None
) -> HTMLResponse:
    with transaction() as session:
        found = _own(session, who, reading_id)
        pictures = files_of_reading(session, reading_id)
        others = other_registers(session, reading_id)
        note_view(session, who.actor, "reading", reading_id, datetime.now(UTC))
    return page(
        request,
        who,
        "readings/reading.html",
        422 if fault else 200,
        reading=found,
        others=others,
        pictures=pictures,
        flags=FLAGS,
        fault=fault,
        typed=typed or {},
        longest=LONGEST_REASON,
    )


def _pictures(
    request: Request, who: SignedIn, fault: tuple[UUID, str, dict[str, str]] | None = None
) -> HTMLResponse:
    with transaction() as session:
        found = photos_to_read(session, limit=_SHOWN, municipality=who.municipality)
    return page(
        request,
        who,
        "readings/pictures.html",
        422 if fault else 200,
        pictures=found,
        fault=fault,
        longest=LONGEST_REASON,
        tab="pictures",
    )


def _picture(session: Session, who: SignedIn, media_id: UUID) -> Media:
    """The picture, if it waits or belongs to a reading that the user may see."""
    row = session.get(Media, media_id)
    if row is None or row.state != "stored":
        raise HTTPException(404)
    if row.reading_id is not None:
        _own(session, who, row.reading_id)
        return row
    waiting = photos_to_read(session, limit=1, municipality=who.municipality, media_id=media_id)
    if not waiting:
        raise HTTPException(404)
    return row


def _insist_on_account(session: Session, who: SignedIn, account: str) -> None:
    """An account of another municipality is, for this user, none."""

    found = session.get(Account, account)
    if found is None or who.municipality not in (None, found.municipality):
        raise ReviewRefused("no_account", "there is no such account in use")
