"""What the pages of cases call things: stages, classes, deeds, and each event of a history as a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm_store.domain.region import Region
from crm_store.tables import Case, Event
from crm_store.texts import money
from desk.names import (
    category_name,
    channel_name,
    class_name,
    department_name,
    language_name,
    municipality_name,
    referred_name,
)
from desk.pages import date_in_words, time_of_day
from desk.staff_names import who_name
from desk.words import N_, _, language

STAGES = {
    "new": N_("New"),
    "assigned": N_("Given to somebody"),
    "in_progress": N_("In work"),
    "waiting_for_citizen": N_("Waits for the person"),
    "referred": N_("Referred"),
    "resolved": N_("Resolved"),
    "closed": N_("Closed"),
    "reopened": N_("Reopened"),
}
PRIORITIES = {"emergency": N_("Emergency"), "high": N_("High"), "normal": N_("Normal")}
OUTCOMES = {"upheld": N_("Upheld"), "partly": N_("Upheld in part"), "rejected": N_("Rejected")}
DEEDS = {
    "claim": N_("Take it"),
    "accept": N_("Accept"),
    "start": N_("Start work"),
    "wait": N_("Ask the person"),
    "resolve": N_("Resolve"),
    "decide": N_("Decide the dispute"),
    "delay": N_("Say that it will be late"),
    "note": N_("Note"),
    "assign": N_("Give to somebody"),
    "refer": N_("Refer"),
    "decline": N_("Decline"),
    "priority": N_("Priority"),
    "category": N_("Category"),
    "merge": N_("Merge"),
    "divide": N_("Split in two"),
    "split": N_("Take apart again"),
    "close": N_("Close"),
    "reopen": N_("Reopen"),
}
#: What the page tells after a deed.
DONE = {
    "claim": N_("%(reference)s is yours."),
    "accept": N_("%(reference)s stays with you."),
    "start": N_("%(reference)s is in work."),
    "wait": N_("The person is asked; the clock stands still until they answer."),
    "resolve": N_("%(reference)s is resolved."),
    "decide": N_("%(reference)s is decided."),
    "delay": N_("The new date is noted."),
    "note": N_("Noted."),
    "assign": N_("%(reference)s is given on."),
    "refer": N_("%(reference)s is referred."),
    "decline": N_("%(reference)s goes back."),
    "priority": N_("The priority is changed."),
    "category": N_("The category is changed."),
    "merge": N_("%(reference)s is merged."),
    "divide": N_("Split in two: the second matter is %(second)s."),
    "split": N_("%(reference)s stands by itself again."),
    "close": N_("%(reference)s is closed."),
    "reopen": N_("%(reference)s is open again."),
}
_TOLD = {
    "assigned": N_("that somebody has it"),
    "started": N_("that work began"),
    "delayed": N_("that it will be late"),
    "referred": N_("that it was referred"),
    "referred_out": N_("that another body has it"),
    "waiting": N_("what we ask"),
    "resolved": N_("that it is resolved"),
    "decided": N_("the decision"),
    "reopened": N_("that it is open again"),
    "closed": N_("that it is closed"),
    "merged": N_("that it is merged"),
    "divided": N_("that it is a case of its own"),
    "incident_known": N_("of the trouble in the area"),
    "incident_over": N_("that the trouble is over"),
    "follow_up": N_("the question whether it is fixed"),
    "captured": N_("the reference"),
}
_KINDS = {
    "viewed": N_("Looked at it"),
    "first_response": N_("Answered first"),
    "made_anonymous": N_("Wishes to stay unknown"),
    "incident_linked": N_("Belongs to a trouble of the area"),
    "incident_unlinked": N_("Belongs to no trouble of the area"),
    "incident_known": N_("A trouble of the area is known"),
    "incident_over": N_("The trouble of the area is over"),
    "hold_placed": N_("Amount put on hold"),
    "hold_lifted": N_("Hold lifted"),
    "delay_noted": N_("Will be late"),
    "follow_up_due": N_("Time to ask the other body"),
    "ping_pong": N_("Came back too often: a supervisor decides"),
    "undone": N_("Took the last deed back"),
    "note_added": N_("Note"),
    "file_added": N_("Sent a file"),
    "file_deleted": N_("A file was deleted: its time was over"),
    "referral_accepted": N_("Accepted it"),
    "referral_declined": N_("Declined it"),
    "split": N_("Took it apart from the other case"),
    "answer_unknown": N_("No answer was known"),
}


@dataclass(frozen=True)
class Line:
    """One event in words: who, what, and the words that go with it."""

    at: datetime
    who: str
    what: str
    said: str = ""
    #: somebody merely looked, or the machine noted something
    quiet: bool = False


def stage_name(stage: str) -> str:
    """'In work'."""
    return _(STAGES.get(stage, stage))


def priority_name(priority: str) -> str:
    """'Emergency'."""
    return _(PRIORITIES.get(priority, priority))


def deed_name(deed: str) -> str:
    """'Resolve'."""
    return _(DEEDS[deed])


def outcome_name(outcome: str | None) -> str:
    """'Upheld in part'; nothing for none."""
    return _(OUTCOMES[outcome]) if outcome in OUTCOMES else outcome or ""


def lines_of(events: list[Event], case: Case) -> list[Line]:
    """The history in words. Of an anonymous report nothing that leads to its writer."""
    return [line for event in events if (line := _line(event, case)) is not None]


def _line(event: Event, case: Case) -> Line | None:
    after, before = event.after or {}, event.before or {}
    what, said = _what(event, after, before, case)
    quiet = event.kind in ("viewed", "first_response", "delay_noted", "incident_known", "incident_over")
    return Line(event.at, who_name(event.actor), what, said, quiet)


def _what(event: Event, after: dict[str, Any], before: dict[str, Any], case: Case) -> tuple[str, str]:
    note = event.note or ""
    match event.kind:
        case "opened":
            return _("Opened"), ""
        case "stage_changed":
            return _moved(str(after.get("stage", "")), before), note
        case "assigned":
            return _("Given to %(name)s", name=who_name(after.get("assignee"))), ""
        case "priority_changed" if "priority" in after:
            changed = {"old": priority_name(before["priority"]), "new": priority_name(after["priority"])}
            return _("Priority: %(old)s, now %(new)s", **changed), note
        case "category_changed" if "category" in after:
            changed = {"old": category_name(before["category"]), "new": category_name(after["category"])}
            return _("Category: %(old)s, now %(new)s", **changed), note
        case "referred" if after.get("referred_to"):
            return _("Referred to %(where)s", where=referred_name(after["referred_to"])), note
        case "referred":
            return _("Referred to %(where)s", where=_where(after, case)), note
        case "referral_declined":
            return _("Declined it: back with %(where)s", where=_where(after, case)), note
        case "decided":
            amount = after.get("outcome_amount")
            off = f", {money(str(amount))}" if amount else ""
            return _("Decided: %(outcome)s", outcome=outcome_name(after.get("outcome"))) + off, note
        case "escalated":
            return _("Escalated, step %(step)s", step=after.get("escalation_step", "")), ""
        case "detail_added":
            return _("Added"), _added(before.get("reason"), after.get("reason"))
        case "citizen_told":
            told = _TOLD.get(str(after.get("notice", "")))
            return (_("Was told %(what)s", what=_(told)) if told else _("Was told")), ""
        case "delay_explained":
            until = after.get("expected_at")
            day = date_in_words(datetime.fromisoformat(until)) if until else ""
            return _("Late: expected by %(day)s", day=day), str(after.get("delay_reason") or "")
        case "follow_up_answered":
            return _answered(after), str(after.get("comment") or "")
        case "merged":
            return _("Merged into another case"), note
        case "merge_taken":
            return _("%(reference)s was merged into this case", reference=after.get("merged", "")), note
        case "divided":
            return _("Split in two: %(reference)s is the second", reference=after.get("divided", "")), note
        case "divided_from":
            return _("Split off from %(reference)s", reference=after.get("from", "")), note
        case "split_off":
            return _("%(reference)s was taken apart from this case", reference=after.get("merged", "")), note
    return _(_KINDS.get(event.kind, event.kind.replace("_", " ").capitalize())), note


def _moved(stage: str, before: dict[str, Any]) -> str:
    match stage:
        case "in_progress" if before.get("stage") == "waiting_for_citizen":
            return _("Answered: the clock runs again")
        case "in_progress":
            return _("Work began")
        case "waiting_for_citizen":
            return _("Asked the person")
        case "resolved":
            return _("Resolved")
        case "closed":
            return _("Closed")
        case "reopened":
            return _("Reopened")
    return stage_name(stage)


def _where(after: dict[str, Any], case: Case) -> str:
    municipality = str(after.get("municipality") or case.municipality)
    return f"{municipality}, {department_name(municipality, after.get('department') or case.department)}"


def _added(before: str | None, after: str | None) -> str:
    """What an addition added to the words that were there."""
    return (after or "").removeprefix(before or "").strip()


def _answered(after: dict[str, Any]) -> str:
    if after.get("rating"):
        return _("Rated it %(stars)s of 5", stars=after["rating"])
    answers = {"fixed": N_("Said that it is fixed"), "not_fixed": N_("Said that it is not fixed")}
    return _(answers.get(str(after.get("answer")), N_("Answered the question")))


def local_moment(at: datetime) -> str:
    """'24 Nov 2026, 16:00'."""
    return f"{date_in_words(at)}, {time_of_day(at)}"


def where_to_refer(here: Region, case: Case) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of (value, name): other departments, other municipalities, bodies outside."""
    inside = here.municipalities[case.municipality]
    own = [
        (f"{case.municipality}/{code}", one.name.in_language(language()))
        for code, one in inside.departments.items()
        if code != case.department
    ]
    others = [
        (f"{code}/{name}", f"{code}: {department.name.in_language(language())}")
        for code, one in here.municipalities.items()
        if code != case.municipality
        for name, department in one.departments.items()
    ]
    outside = [(code, one.name.in_language(language())) for code, one in here.externals.items()]
    return [
        (_("This municipality"), own),
        (_("Another municipality"), others),
        (_("Outside the region"), outside),
    ]


__all__ = [
    "category_name",
    "channel_name",
    "class_name",
    "department_name",
    "language_name",
    "municipality_name",
    "referred_name",
]
