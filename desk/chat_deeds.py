"""What agents do with a chat: take it, write, note, pass it on, open a case from it, hand it back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from crm_store.approved_templates import approved_template
from crm_store.attachments import SENDABLE, Attachment, NotTaken, looked_at
from crm_store.database import transaction
from crm_store.domain.cases import CLASSES
from crm_store.domain.languages import FIRST_LANGUAGE
from crm_store.domain.rendering import CAPTION_LIMIT, TEXT_LIMITS
from crm_store.live import publish
from crm_store.pictures import NoPicture
from crm_store.queries.chats import Chat
from crm_store.queue import defer
from crm_store.region import region
from crm_store.services import chats as services
from crm_store.services.cases import CaseNotFound, MoveRefused, NewCase, open_case
from crm_store.services.confidence import NotForThem, case_for
from crm_store.services.conversations import (
    CARRY_FILES,
    TakenByAnother,
    WindowIsClosed,
    say,
    take_over,
)
from crm_store.services.stages import resolve_case
from crm_store.settings import settings
from crm_store.tables import new_id
from crm_store.texts import render
from desk.access import NotAllowed
from desk.chats import TEMPLATE_KEY, Who, chat_or_404, chat_page
from desk.forms import Form, posted, redirect
from desk.refusals import refused
from desk.staff_names import who_name
from desk.words import _

router = APIRouter(prefix="/desk/chats")
Posted = Annotated[Form, Depends(posted)]
LONGEST_NOTE = 2000


@router.post("/{conversation_id}/take")
def take(who: Who, conversation_id: UUID, form: Posted) -> Response:
    """Answer the chat from now on. Of two who click at once one wins, and the other hears who."""
    from_another = form["from_another"] == "yes"
    if from_another and not who.may("assign"):
        raise NotAllowed
    try:
        with transaction() as session:
            chat_or_404(session, who, conversation_id)
            take_over(session, conversation_id, who.username, from_another=from_another)
    except TakenByAnother as other:
        said = _("%(name)s took this chat a moment ago.", name=who_name(other.agent))
        return redirect(f"/desk/chats/{conversation_id}", who, flash=said, bad=True)
    return redirect(f"/desk/chats/{conversation_id}#text")


@router.post("/{conversation_id}/say")
def write(request: Request, who: Who, conversation_id: UUID, form: Posted) -> Response:
    """Write to the person. The same form sent twice is said once."""
    text = form["text"]
    fault: str | None
    with transaction() as session:
        chat = chat_or_404(session, who, conversation_id)
    try:
        file = _file(form, chat.channel)
    except CannotBeSent as cannot:
        return _refused(request, who, conversation_id, form, str(cannot))
    if fault := _fault_of(text, chat, who.username, file):
        return _refused(request, who, conversation_id, form, fault)
    try:
        with transaction() as session:
            said = say(session, conversation_id, text, who.username, once=_uuid(form["once"]), file=file)
    except TakenByAnother as other:
        return _refused(request, who, conversation_id, form, _taken(other))
    except WindowIsClosed:
        return _refused(request, who, conversation_id, form, _closed())
    if said.suppressed:
        fault = _("Not sent: the person opted out. They must write START first.")
        return _refused(request, who, conversation_id, form, fault)
    if _by_script(request):
        return JSONResponse({"once": str(new_id())})  # the next message is another one
    return redirect(f"/desk/chats/{conversation_id}#text")


@router.post("/{conversation_id}/template")
def write_template(who: Who, conversation_id: UUID, form: Posted) -> Response:
    """Send WhatsApp's approved text that asks the person to write, which opens the window again."""
    with transaction() as session:
        chat = chat_or_404(session, who, conversation_id)
        spoken = chat.language or FIRST_LANGUAGE
        sid = approved_template(region(), TEMPLATE_KEY, spoken)
        if sid is None and not settings().sandbox("whatsapp"):
            said = _("There is no approved template for this. Your administrator can add one.")
            return redirect(f"/desk/chats/{conversation_id}", who, flash=said, bad=True)
        text = render(TEMPLATE_KEY, spoken, {}, region()).text
        template: dict[str, Any] = {"sid": sid or "sandbox", "variables": {}}
        try:
            say(
                session, conversation_id, text, who.username,
                once=_uuid(form["once"]), template=template,
            )  # fmt: skip
        except TakenByAnother as other:
            return redirect(f"/desk/chats/{conversation_id}", who, flash=_taken(other), bad=True)
    said = _("Sent. As soon as the person answers, you can write freely again.")
    return redirect(f"/desk/chats/{conversation_id}", who, flash=said)


@router.post("/{conversation_id}/again/{message_id}")
def write_again(who: Who, conversation_id: UUID, message_id: UUID, form: Posted) -> Response:
    """Try a failed message once more."""
    del form
    try:
        with transaction() as session:
            chat_or_404(session, who, conversation_id)
            services.send_again(session, conversation_id, message_id, who.username)
    except TakenByAnother as other:
        return redirect(f"/desk/chats/{conversation_id}", who, flash=_taken(other), bad=True)
    return redirect(f"/desk/chats/{conversation_id}")


@router.post("/{conversation_id}/typing")
def type_words(who: Who, conversation_id: UUID, form: Posted) -> Response:
    """The user is typing: colleagues on the same page see it, and the person where the channel shows it."""
    del form
    with transaction() as session:
        chat = chat_or_404(session, who, conversation_id)
        publish(session, f"chat:{conversation_id}", typing=who.username, name=who.name)
        if chat.channel == "telegram" and chat.agent == who.username and not chat.opted_out:
            lock = f"typing:{conversation_id}"
            defer(session, "show_typing", queueing_lock=lock, address=chat.address)
    return Response(status_code=204)


@router.post("/{conversation_id}/note")
def note(request: Request, who: Who, conversation_id: UUID, form: Posted) -> Response:
    """Write a note for colleagues; it is never sent."""
    if not form["note"] or len(form["note"]) > LONGEST_NOTE:
        said = _("Write the note first.") if not form["note"] else _("The note is too long.")
        return chat_page(request, who, conversation_id, faults={"note": said}, typed=form, status=422)
    with transaction() as session:
        chat_or_404(session, who, conversation_id)
        services.add_chat_note(session, conversation_id, who.username, form["note"], datetime.now(UTC))
    return redirect(f"/desk/chats/{conversation_id}")


@router.post("/{conversation_id}/pass")
def pass_on(request: Request, who: Who, conversation_id: UUID, form: Posted) -> Response:
    """Give the chat to a colleague ('user:nomsa') or to a team ('team:KDM/roads')."""
    kind, _colon, to = form["to"].partition(":")
    if kind not in ("user", "team") or not to:
        faults = {"to": _("Choose to whom.")}
        return chat_page(request, who, conversation_id, faults=faults, typed=form, status=422)
    now = datetime.now(UTC)
    try:
        with transaction() as session:
            chat = chat_or_404(session, who, conversation_id)
            _insist_on_own(chat, who.username, supervises=who.may("assign"))
            holder = chat.agent or who.username
            if kind == "user":
                services.give_to_colleague(session, region(), conversation_id, holder, to, form["note"], now)
            else:
                municipality, _slash, department = to.partition("/")
                services.give_to_team(
                    session, region(), conversation_id, holder, municipality, department or None,
                    form["note"], now,
                )  # fmt: skip
    except TakenByAnother as other:
        return redirect(f"/desk/chats/{conversation_id}", who, flash=_taken(other), bad=True)
    except services.ChatRefused:
        faults = {"to": _("There is nobody of that name any more.")}
        return chat_page(request, who, conversation_id, faults=faults, typed=form, status=422)
    return redirect("/desk/chats", who, flash=_("The chat was passed on."))


@router.post("/{conversation_id}/case")
def make_case(request: Request, who: Who, conversation_id: UUID, form: Posted) -> Response:
    """Open a case from the chat: routed and dated as any other."""
    faults = {}
    if form["class"] not in CLASSES:
        faults["class"] = _("Choose what it is.")
    if form["category"] not in region().categories:
        faults["category"] = _("Choose what it is about.")
    if not form["description"]:
        faults["description"] = _("Say what it is about.")
    if faults:
        return chat_page(request, who, conversation_id, faults=faults, typed=form, status=422)
    place = region().place_named(form["place"])
    with transaction() as session:
        chat_or_404(session, who, conversation_id)
        case = open_case(
            session,
            region(),
            NewCase(
                case_class=form["class"],
                category=form["category"],
                description=form["description"],
                conversation_id=conversation_id,
                place=place.name if place else None,
                location_text=form["place"] or None,
            ),
            datetime.now(UTC),
            actor=who.actor,
        )
        reference = case.reference
    said = _("Case %(reference)s is open. Tell the person its reference.", reference=reference)
    return redirect(f"/desk/chats/{conversation_id}#text", who, flash=said)


@router.post("/{conversation_id}/back")
def hand_back(request: Request, who: Who, conversation_id: UUID, form: Posted) -> Response:
    """The assistant answers again and says so, with what was settled."""
    settled, now = form["settled"], datetime.now(UTC)
    try:
        with transaction() as session:
            chat = chat_or_404(session, who, conversation_id)
            _insist_on_own(chat, who.username, supervises=who.may("assign"))
            _settle(session, chat, settled, form["done"], who.actor, chat.agent or who.username, now)
    except TakenByAnother as other:
        return redirect(f"/desk/chats/{conversation_id}", who, flash=_taken(other), bad=True)
    except services.ChatRefused:
        return redirect("/desk/chats", who, flash=_("The assistant answers this chat already."))
    except (MoveRefused, CaseNotFound, NotForThem) as refusal:
        faults = {"done": refused(refusal)}
        return chat_page(request, who, conversation_id, faults=faults, typed=form, status=422)
    return redirect("/desk/chats", who, flash=_("Handed back: the assistant answers again and said so."))


def _settle(
    session: Session, chat: Chat, settled: str, done: str, actor: str, holder: str, now: datetime
) -> None:
    case = chat.case
    if settled == "resolved":
        if case is None:
            raise MoveRefused("no_case", "there is no case to resolve")
        if not done:
            raise MoveRefused("say_done", "say what was done: the citizen hears it")
        resolve_case(session, region(), case.reference, done, actor, now)
    how: Literal["nothing", "case", "question"] = "nothing"
    if settled == "question":
        how = "question"
    elif settled == "case" and case is not None:
        case, how = case_for(session, region(), case.reference, actor), "case"
    services.hand_back(session, region(), chat.conversation_id, holder, now, how, case)


def _insist_on_own(chat: Chat, username: str, *, supervises: bool) -> None:
    if chat.state == "agent" and chat.agent != username and not supervises:
        raise TakenByAnother(chat.agent or "")


class CannotBeSent(ValueError):
    """The file that was chosen does not go; the message says why, for the agent."""


def _file(form: Form, channel: str) -> Attachment | None:
    """What was attached: a picture, drawn anew without what hides in it, or a PDF. Raises CannotBeSent."""
    files = form.files("file")
    if not files:
        return None
    if channel not in CARRY_FILES:
        raise CannotBeSent(_("SMS carries no pictures and no files: say it in words, or ask for WhatsApp."))
    most = settings()
    content = files[0].file.read(most.attachment_bytes + 1)
    if len(content) > most.attachment_bytes:
        raise CannotBeSent(_("The file is too large: at most %(mb)s MB.", mb=most.attachment_mb))
    try:
        file = looked_at(content, files[0].filename)
    except (NotTaken, NoPicture):
        file = None
    if file is None or file.content_type not in SENDABLE:
        raise CannotBeSent(_("This cannot be sent: choose a picture (JPEG or PNG) or a PDF."))
    return file


def _fault_of(text: str, chat: Chat, username: str, file: Attachment | None) -> str | None:
    if chat.state != "agent" or chat.agent != username:
        if chat.agent:
            return _taken(TakenByAnother(chat.agent))
        return _("You do not have this chat any more: the assistant answers. Take it first.")
    if not text and file is None:
        return _("Write something first.")
    if len(text) > (CAPTION_LIMIT if file is not None else TEXT_LIMITS[chat.channel]):
        return _("It is too long for one message: cut it.")
    return None


def _refused(request: Request, who: Who, conversation_id: UUID, form: Form, fault: str) -> Response:
    if _by_script(request):
        return JSONResponse({"fault": fault}, 422)
    return chat_page(request, who, conversation_id, faults={"text": fault}, typed=form, status=422)


def _by_script(request: Request) -> bool:
    return request.headers.get("accept") == "application/json"


def _taken(other: TakenByAnother) -> str:
    return _("%(name)s has this chat now. What you typed was not sent.", name=who_name(other.agent))


def _closed() -> str:
    return _("Not sent: the person wrote on WhatsApp over 24 hours ago. Send the template first.")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
