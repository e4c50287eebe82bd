"""What the validator and the services refuse, in words for a clerk and in the reader's language."""

from __future__ import annotations

import re

from crm_store.domain.refusals import Refusal
from crm_store.services.cases import CaseNotFound
from crm_store.services.confidence import NotForThem
from desk.staff_names import who_name
from desk.words import N_, _

#: What services raise when their rules refuse something.
BY_RULES = (Refusal, CaseNotFound, NotForThem)

#: What the rules refuse, by its code; `%(…)s` are the values that come with it.
REFUSED = {
    # --- cases ---
    "as_it_stands": N_("This cannot be done to the case as it stands now."),
    "reopen_first": N_("%(reference)s is not open: reopen it first."),
    "supervisor_only": N_("Only a supervisor can do this now."),
    "say_done": N_("Say what was done: the person hears it."),
    "say_question": N_("Write what the person is asked."),
    "question_long": N_("At most %(number)s letters fit into the SMS."),
    "say_close": N_("Say why they are closed: the people hear it."),
    "which_priority": N_("Choose the priority."),
    "lower_priority": N_("Only a supervisor lowers a priority."),
    "which_category": N_("Choose the category."),
    "amount_on_hold": N_("An amount is on hold: decide the dispute."),
    "say_delay": N_("Write why it takes longer: the person hears it."),
    "day_past": N_("The new day must be ahead."),
    "where_to": N_("Choose where it goes."),
    "there_already": N_("It is there already."),
    "came_back": N_("It came back too often: a supervisor decides where it stays."),
    "say_decline": N_("Write why: the sender reads it."),
    "which_outcome": N_("Choose the outcome."),
    "say_reasons": N_("Write the reasons: the person has a right to them."),
    "amount_form": N_("Write the amount like 1240.55."),
    "which_amount": N_("Write which amount is taken off."),
    "less_in_part": N_("Less than the disputed amount is taken off in part."),
    "rejected_off": N_("A rejected dispute takes nothing off: leave the amount out."),
    "into_itself": N_("A case is not merged into itself."),
    "only_open": N_("Only an open case is merged into another."),
    "others_merged": N_("Others were merged into this case: keep this one."),
    "other_kind": N_("They are of two kinds: only cases of one kind are merged."),
    "by_itself": N_("An anonymous or confidential report stays by itself."),
    "other_amounts": N_("They dispute other accounts or amounts."),
    "sooner": N_("This case was promised sooner: merge the other one into it instead."),
    "say_split": N_("Write why they are not the same."),
    "say_second": N_("Write what the second matter is."),
    "which_department": N_("Choose the department."),
    "not_of_case": N_("What goes along is not of this case any more: load the page again."),
    "no_case": N_("There is no case to resolve: open one first."),
    # --- taking back ---
    "not_your_deed": N_("Not taken back: only your own last deed can be."),
    "undo_too_late": N_("%(reference)s: not taken back, more than %(minutes)s minutes have passed."),
    "changed_since": N_("%(reference)s: not taken back, %(user)s has changed it since."),
    "undone_already": N_("%(reference)s: this was taken back already."),
    "told_already": N_("%(reference)s: not taken back, the person has been told."),
    # --- incidents ---
    "incident_decided": N_("Somebody decided this already."),
    "incident_told": N_("People were told of it: end it instead."),
    "incident_ahead": N_("It has not begun by then: planned work can be cancelled."),
    "confidential_apart": N_("A confidential case stays apart."),
    "which_trouble": N_("Choose what the trouble is."),
    "say_trouble": N_("Say in your own words what it is, in both languages."),
    "planned_end": N_("Planned work needs its end."),
    "planned_begun": N_("It has begun already: end it instead."),
    "place_or_ward": N_("Say where: a place or a ward."),
    "own_place": N_("Choose a place or ward of your own municipality."),
    "no_ward": N_("%(ward)s is no ward: write it like KDM/12."),
    "no_place": N_("There is no place %(place)s: choose one of the list."),
    "title_both": N_("Own words are needed in both languages."),
    "title_long": N_("Own words have at most %(number)s characters."),
    "end_before": N_("The end is not after the beginning."),
    "no_time": N_("Write a day and a time, such as 2026-11-24 08:00."),
    "done_both": N_("Say what was done, in both languages: the people hear it."),
    "missing": N_("Fill this in."),
    "begins_otherwise": N_("Work no. %(number)s begins at another time: cancel it first."),
    "file_unreadable": N_("The file cannot be read."),
    "file_columns": N_("The file lacks: %(lacking)s. Its first line must name %(columns)s."),
    # --- readings ---
    "no_reading": N_("This meter shows %(dials)s black digits."),
    "say_reason": N_("Say why, in 1 to %(number)s characters."),
    "billing_has": N_("Billing has it (batch %(batch)s): correct it."),
    "reading_replaced": N_("Another reading took its place meanwhile."),
    "reading_rejected": N_("It was rejected already."),
    "photo_done": N_("Somebody dealt with this picture already."),
    "no_account": N_("There is no such account in use."),
    "which_meter": N_("The account has several meters: choose which."),
    "which_register": N_("This meter has several readings: write each with its name, such as %(example)s."),
    "dial": N_("The reading does not fit the meter."),
    "repeated": N_("The account has this reading of that day already."),
    "not_taken": N_("The reading could not be taken."),
}
#: What the validator and the services say, in words for a clerk.
_WORDS = (
    (re.compile(r"Field required|at least 1 character|Input should be a valid string"), N_("Fill this in.")),
    (re.compile(r"is (\d+) characters, more than (\d+)"), N_("Too long: %(a)s characters, at most %(b)s.")),
    (
        re.compile(r"not GSM-7: (.+)"),
        N_("%(a)s cannot stand in an SMS at the usual price: write it without."),
    ),
    (re.compile(r"has a link"), N_("Leave the link out: people with basic phones cannot open it.")),
    (re.compile(r"too_short|at least (\d+) items?"), N_("At least %(a)s are needed.")),
    (re.compile(r"at most (\d+) items?"), N_("At most %(a)s.")),
    (re.compile(r"pattern .*\[0-9 \]\{1,16\}"), N_("Write a phone number, such as 032 437 5000.")),
    (re.compile(r"pattern .*\\\+\[1-9\]"), N_("Write the number in full, such as +27821234567.")),
    (re.compile(r"pattern .*\^HX"), N_("Copy it from Twilio: HX and 32 letters and digits.")),
    (re.compile(r"pattern .*\[01\]\[0-9\]"), N_("Write a time, such as 07:30.")),
    (re.compile(r"opens at (.+) but closes at (.+)"), N_("It closes (%(b)s) before it opens (%(a)s).")),
    (re.compile(r"greater than 0|valid integer"), N_("Write a whole number above 0.")),
    (re.compile(r"valid date|date or datetime"), N_("Write a date, such as 2027-03-01.")),
    (re.compile(r"give exactly one of"), N_("Write how long.")),
    (re.compile(r"no level for every other (\w+)"), N_("One rule without categories is needed for: %(a)s.")),
    (re.compile(r"no level for emergencies"), N_("One rule for emergencies is needed.")),
    (re.compile(r"title of at most (\d+)"), N_("Write a title of at most %(a)s characters.")),
    (re.compile(r"another answer has this title"), N_("Another answer has this title.")),
    (re.compile(r"write the answer in this language"), N_("Write the answer in this language, too.")),
    (re.compile(r"(\{.+\}) is not known; there are (.+)"), N_("%(a)s is not known; there are %(b)s.")),
    (re.compile(r"(.+) would make every SMS"), N_("%(a)s makes every SMS twice as dear: write it without.")),
    (re.compile(r"more than (\d+) SMS"), N_("This is longer than %(a)s SMS.")),
    (re.compile(r"cases or people in this department"), N_("There are cases or people in this department.")),
    (re.compile(r"there is no department (\w+)"), N_("There is no department %(a)s.")),
    (
        re.compile(r"there is no (?:such )?(?:category|municipality|area|external)"),
        N_("Choose one of the list."),
    ),
    (re.compile(r"say who handles 'general'"), N_("Say who does what is left out (general).")),
    (re.compile(r"(.+) is given twice"), N_("%(a)s is there twice.")),
    (re.compile(r"cannot be changed at the desk"), N_("This stands in the municipality's file, not here.")),
    # --- examples that trainers write ---
    (re.compile(r"is empty or does not fit one line"), N_("Write it in one line.")),
    (re.compile(r"'(.+)' is no entity of ours"), N_("%(a)s is no mark of ours")),
    (
        re.compile(r"is empty, or begins or ends with a space"),
        N_("a mark is empty or has a loose space"),
    ),
    (re.compile(r"one entity within another"), N_("one mark stands within another")),
    (re.compile(r"a bracket that belongs to no"), N_("a bracket has no partner")),
    # --- files that could not be taken ---
    (re.compile(r"it is no picture, recording"), N_("it is no picture, recording, film or PDF")),
    (re.compile(r"it is larger than (\d+) MB"), N_("it is larger than %(a)s MB")),
    (re.compile(r"it has (\d+ x \d+) points"), N_("it has too many points (%(a)s)")),
    (re.compile(r"has no credentials to fetch"), N_("the channel is not connected")),
)


def plainly(message: str, otherwise: str = N_("This cannot be kept as it stands here.")) -> str:
    """The refusal in plain words of the reader's language; what we have no words for is said in general."""
    for pattern, words in _WORDS:
        match = pattern.search(message)
        if match:
            groups = [*match.groups(), "", ""]
            return _(words, a=groups[0], b=groups[1])
    return _(otherwise)


def refused(error: Exception) -> str:
    """What the rules refuse, in the reader's language; of what is not known that it cannot be done."""
    if isinstance(error, NotForThem):
        return _("This case is confidential.")
    if isinstance(error, CaseNotFound):
        return _("There is no such case in your area of work.")
    if not isinstance(error, Refusal) or error.code not in REFUSED:
        return _("This cannot be done now.")
    return _(REFUSED[error.code], **_values(error.values))


def _values(values: dict[str, object]) -> dict[str, object]:
    """The values as a reader knows them: a colleague by their name."""
    return values | {"user": who_name(str(values["user"]))} if "user" in values else values
