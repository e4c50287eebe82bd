"""What the validator and the services refuse, in words for a clerk and in the reader's language."""

from __future__ import annotations

import re

from desk.words import N_, _

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
    # --- incidents ---
    (re.compile(r"there is no place (.+) in the"), N_("There is no place %(a)s: choose one of the list.")),
    (re.compile(r"say where: a place or a ward"), N_("Say where: a place or a ward.")),
    (re.compile(r"'(.+)' is no ward"), N_("%(a)s is no ward: write it like KDM/12.")),
    (re.compile(r"planned work needs its end"), N_("Planned work needs its end.")),
    (re.compile(r"say what the trouble is"), N_("Say in your own words what it is, in both languages.")),
    (re.compile(r"a title is needed in both languages"), N_("Own words are needed in both languages.")),
    (re.compile(r"the title \((\w+)\) has more than (\d+)"), N_("Own words have at most %(b)s characters.")),
    (re.compile(r"end is not after the beginning"), N_("The end is not after the beginning.")),
    (re.compile(r"people were told of it: end it"), N_("People were told of it: end it instead.")),
    (re.compile(r"has not begun by then"), N_("It has not begun by then: planned work can be cancelled.")),
    (re.compile(r"no planned work still to come"), N_("It has begun already: end it instead.")),
    (
        re.compile(r"^incident (\d+) is (\w+): "),
        N_("Somebody decided this already (%(b)s)."),
    ),
    # --- readings ---
    (re.compile(r"is no reading of this meter: it shows (\d+)"), N_("This meter shows %(a)s black digits.")),
    (
        re.compile(r"say why in 1 to (\d+) characters"),
        N_("Say why, in 1 to %(a)s characters."),
    ),
    (
        re.compile(r"billing has this reading \(batch (\d+)"),
        N_("Billing has it (batch %(a)s): correct it."),
    ),
    (re.compile(r"another reading took the place"), N_("Another reading took its place meanwhile.")),
    (re.compile(r"was rejected already"), N_("It was rejected already.")),
    (re.compile(r"this picture was dealt with"), N_("Somebody dealt with this picture already.")),
    (re.compile(r"no such account in use"), N_("There is no such account in use.")),
    (re.compile(r"the account has several meters"), N_("The account has several meters: choose which.")),
    (re.compile(r"does not fit the meter's dial"), N_("The reading does not fit the meter.")),
    (re.compile(r"the account has this reading"), N_("The account has this reading of that day already.")),
)


def plainly(message: str) -> str:
    """The refusal in plain words where we know them, else as it came."""
    for pattern, words in _WORDS:
        match = pattern.search(message)
        if match:
            groups = [*match.groups(), "", ""]
            return _(words, a=groups[0], b=groups[1])
    return message
