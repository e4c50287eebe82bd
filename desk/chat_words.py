"""What the pages of chats call things: why somebody waits, what became of a message, what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm_store.domain.region import Region
from crm_store.queries.chats import Chat, ThreadItem
from crm_store.region import region as own_region
from crm_store.tables import Case
from crm_store.texts import LOCAL_TIME, day_in_words, label
from desk.access import SignedIn
from desk.words import N_, _, language

CHANNELS = {"sms": "SMS", "whatsapp": "WhatsApp", "telegram": "Telegram", "web": "Web"}
LANGUAGES = {"en": "English", "zu": "isiZulu"}
REASONS = {
    "asked": N_("asked for a person"),
    "not understood": N_("was not understood"),
    "something else": N_("has another matter"),
    "returned": N_("came back: the agent did not write"),
    "transferred": N_("was passed on"),
}
CLASSES = {
    "complaint": N_("Complaint"),
    "query": N_("Question"),
    "dispute": N_("Dispute"),
    "compliment": N_("Compliment"),
}
STATUSES = {
    "stored": N_("waits to be sent"),
    "sending": N_("is being sent"),
    "sent": N_("sent"),
    "delivered": N_("delivered"),
    "read": N_("read"),
    "undelivered": N_("not delivered"),
    "failed": N_("not sent"),
    "suppressed": N_("not sent"),
}
TICKS = {"sent": "\u2713", "delivered": "\u2713\u2713", "read": "\u2713\u2713"}
#: Twilio's and Telegram's codes in words: https://www.twilio.com/docs/api/errors
FAULTS = {
    "21610": N_("The person opted out of SMS."),
    "21211": N_("This number cannot get messages."),
    "21614": N_("This number is no cell phone."),
    "21612": N_("This number cannot be reached."),
    "21617": N_("It is too long for one message: cut it."),
    "too_long": N_("It is too long for one message: cut it."),
    "30003": N_("The phone is off or out of reach. Try later."),
    "30004": N_("The network blocks messages to this phone."),
    "30005": N_("This number is not in use."),
    "30006": N_("This is a landline: it gets no SMS."),
    "30007": N_("The network filtered it as advertising: write it in other words."),
    "63016": N_("WhatsApp took it no more: the person wrote over 24 hours ago."),
    "63003": N_("This number has no WhatsApp."),
    "63024": N_("This number has no WhatsApp."),
    "63018": N_("Too many messages at once. Try again in a minute."),
    "20429": N_("Too many messages at once. Try again in a minute."),
    "429": N_("Too many messages at once. Try again in a minute."),
    "403": N_("The person blocked us on Telegram."),
    "timeout": N_("The provider did not answer. Try again."),
    "connection": N_("The provider did not answer. Try again."),
}


@dataclass(frozen=True)
class Ready:
    """A canned answer in the person's language, filled with what is known of the chat."""

    title: str
    text: str


def reason(name: str | None) -> str:
    """Why the chat waits; an unknown reason as it stands."""
    return _(REASONS[name]) if name in REASONS else (name or "")


def fault(item: ThreadItem) -> str:
    """Why the message did not arrive, for staff."""
    if item.status == "suppressed":
        return _("The person opted out, or somebody answered meanwhile.")
    if item.error_code in FAULTS:
        return _(FAULTS[item.error_code or ""])
    code = f" ({item.error_code})" if item.error_code else ""
    return (item.error_text or _("The provider gave no reason.")) + code


def happened(item: ThreadItem) -> str:
    """The event in a few words."""
    match item.event:
        case "agent_requested":
            return _("The person %(reason)s.", reason=reason(item.note))
        case "taken_over":
            return _("%(who)s answers.", who=item.name)
        case "transferred":
            if item.note:
                return _("%(who)s passed the chat to %(to)s.", who=item.name, to=item.note)
            municipality, _slash, department = (item.team or "").partition("/")
            to = team(own_region(), municipality, department, language())
            return _("%(who)s passed the chat to this team: %(to)s.", who=item.name, to=to)
        case "returned":
            return _("Nobody wrote: the chat went back to the waiting list.")
        case "released" if item.who == "system":
            return _("The person was silent: the assistant answers again.")
        case "released":
            return _("%(who)s handed the chat back to the assistant.", who=item.name)
        case _other:
            return _("The language was changed.")


def team(region: Region, municipality: str | None, department: str | None, language: str) -> str:
    """'KwaDukuza: Roads', or 'everybody'."""
    known = region.municipalities.get(municipality or "")
    if known is None:
        return _("everybody")
    name = known.name.in_language(language)
    unit = known.departments.get(department or "")
    return f"{name}: {unit.name.in_language(language)}" if unit else name


def category(region: Region, name: str | None, language: str) -> str:
    """What the category is called."""
    known = region.categories.get(name or "")
    return known.name.in_language(language) if known else (name or "")


def service_label(kind: str, name: str, language: str) -> str:
    """A label of the catalogue: a stage, say."""
    return label(kind, name, language)


def values_of(region: Region, chat: Chat, who: SignedIn, language: str) -> dict[str, str | None]:
    """What canned answers may say of this chat, in the person's language."""
    case: Case | None = chat.case
    own = region.municipalities.get(who.municipality or "")
    unit = own.departments.get(who.department or "") if own else None
    where = (unit or own or region).name.in_language(language)
    return {
        "reference": case.reference if case else None,
        "due": _due_words(case.due_at, language) if case and case.due_at else None,
        "name": chat.name,
        "department": where,
        "agent": who.name,
    }


def _due_words(at: datetime, language: str) -> str:
    """'Tue 24 Nov, 16:00'; isiZulu after 'ngaphambi kuka-': '16:00 ngoLwesibili 24 Nov'."""
    local = at.astimezone(LOCAL_TIME)
    day = day_in_words(local.date(), language)
    return f"{local:%H:%M} {day}" if language == "zu" else f"{day}, {local:%H:%M}"
