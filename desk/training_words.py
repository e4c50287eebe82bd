"""What classes, languages, entities and reasons are called on the training pages."""

from __future__ import annotations

from typing import Any

from crm_store.domain.examples import ANNOTATION, CLASSES, ENTITIES
from crm_store.region import region
from desk import menu
from desk.words import N_, _, language

CLASS_NAMES = {
    "complaint": N_("Complaint"),
    "query": N_("Question"),
    "dispute": N_("Dispute of a bill"),
    "compliment": N_("Compliment"),
    "meter_reading": N_("Meter reading"),
    "status": N_("How far is my case"),
    "agent": N_("Wants a person"),
    "affirm": N_("Yes"),
    "deny": N_("No"),
    "greet": N_("Greeting"),
    "thanks": N_("Thanks"),
    "bye": N_("Goodbye"),
    "help": N_("Wants help"),
    "change_language": N_("Wants another language"),
    "my_data": N_("About their own data"),
    "out_of_scope": N_("Not for the municipality"),
    "bot_challenge": N_("Are you a person?"),
    "stop": N_("Stop writing to me"),
    "start": N_("Write to me again"),
    "cancel": N_("Cancel this"),
}
LANGUAGE_NAMES = {"en": N_("English"), "zu": "IsiZulu", "mixed": N_("Both mixed")}
#: The letter is the key that marks the chosen words.
ENTITY_NAMES = {
    "location": N_("Place"),
    "account_number": N_("Account number"),
    "meter_number": N_("Meter number"),
    "reading": N_("Reading"),
    "amount": N_("Amount"),
    "month": N_("Month"),
    "reference": N_("Reference"),
    "person": N_("Person"),
    "phone": N_("Phone number"),
    "service": N_("Service"),
}
ENTITY_KEYS = dict(zip(ENTITY_NAMES, "pamrbdfnos", strict=True))
REASON_NAMES = {
    "corrected": N_("an agent changed it"),
    "not_helpful": N_("the answer did not help"),
    "handed_over": N_("handed to a person"),
    "not_understood": N_("not understood"),
    "asked_back": N_("we had to ask"),
    "models_disagree": N_("two models disagree"),
    "new_words": N_("new words"),
    "unsure": N_("unsure"),
}
#: The classes with a key of their own: the frequent ones.
QUICK = ("complaint", "query", "dispute", "compliment", "meter_reading", "status", "thanks", "out_of_scope")


def class_name(name: str | None) -> str:
    """The class in the reader's language."""
    return _(CLASS_NAMES[name]) if name in CLASS_NAMES else name or _("none")


def category_name(name: str | None) -> str:
    """The category as the municipality's file calls it."""
    known = region().categories.get(name or "")
    return known.name.in_language(language()) if known else name or _("none")


def language_name(name: str | None) -> str:
    """The language of a message."""
    return _(LANGUAGE_NAMES[name]) if name in LANGUAGE_NAMES else name or _("none")


def reason_name(name: str) -> str:
    """Why a message lies in the inbox."""
    return _(REASON_NAMES[name]) if name in REASON_NAMES else name


def entity_name(name: str) -> str:
    """What a marked word is."""
    return _(ENTITY_NAMES[name]) if name in ENTITY_NAMES else name


def pieces(text: str) -> list[tuple[str, str]]:
    """An example's text in pieces: (words, entity or '')."""
    found, at = [], 0
    for match in ANNOTATION.finditer(text):
        found += [(text[at : match.start()], ""), (match[1], match[2])]
        at = match.end()
    return [piece for piece in (*found, (text[at:], "")) if piece[0]]


def choices() -> dict[str, Any]:
    """What the forms of all training pages choose from."""
    return {
        "classes": [(name, class_name(name)) for name in CLASSES],
        "categories": sorted(
            ((name, category_name(name)) for name in region().categories), key=lambda one: one[1]
        ),
        "languages": [(name, language_name(name)) for name in LANGUAGE_NAMES],
        "entities": [(name, entity_name(name), ENTITY_KEYS[name]) for name in ENTITY_NAMES],
        "quick": [(str(number), name, class_name(name)) for number, name in enumerate(QUICK, start=1)],
        "models": "/desk/training/models" in menu.served,
        "class_name": class_name,
        "category_name": category_name,
        "language_name": language_name,
        "reason_name": reason_name,
        "entity_name": entity_name,
        "pieces": pieces,
    }


def suggestion(intent: str, category: str, language_wanted: str) -> str:
    """A question to ask speakers of the language, so that the cell gets examples."""
    about = category_name(category) if category != "-" else ""
    about = about[:1].lower() + about[1:]
    asked = {
        "complaint": _(
            "Something is wrong with %(about)s where you live. What would you write to us?", about=about
        ),
        "query": _("You want to know something about %(about)s. What would you write to us?", about=about),
        "dispute": _("Your bill for %(about)s is wrong. What would you write to us?", about=about),
        "compliment": _("Our people did good work on %(about)s. What would you write to us?", about=about),
        "meter_reading": _("You send us the number on your meter. What would you write?"),
    }
    default = _("You write to us: %(what)s. In what words?", what=class_name(intent))
    return f"{language_name(language_wanted)}: {asked.get(intent, default)}"


assert set(CLASS_NAMES) == set(CLASSES)  # noqa: S101 (two lists that must stay one)
assert set(ENTITY_NAMES) == set(ENTITIES)  # noqa: S101
