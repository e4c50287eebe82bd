"""What ids are called in the reader's language: stages, classes, categories, departments, channels."""

from __future__ import annotations

from crm_store.region import region
from crm_store.texts import label, register_word
from desk.words import N_, _, language

_CLASSES = {
    "complaint": N_("Complaint"),
    "query": N_("Question"),
    "dispute": N_("Dispute"),
    "compliment": N_("Compliment"),
}
_CHANNELS = {
    "sms": N_("SMS"),
    "whatsapp": N_("WhatsApp"),
    "telegram": N_("Telegram"),
    "web": N_("Website"),
    "walk_in": N_("Walk-in"),
    "phone": N_("Telephone"),
}
_LANGUAGES = {"en": "English", "zu": "IsiZulu"}
_PROOFS = {
    "phone_on_file": N_("the number that billing has"),
    "agent": N_("shown to staff"),
    "id_number": N_("by ID number"),
}


def stage_name(stage: str) -> str:
    """'being worked on'."""
    return label("stage", stage, language())


def class_name(case_class: str) -> str:
    """'Complaint'."""
    return _(_CLASSES[case_class]) if case_class in _CLASSES else case_class


def channel_name(channel: str | None) -> str:
    """'WhatsApp', 'Walk-in'; nothing for none."""
    return _(_CHANNELS[channel]) if channel in _CHANNELS else channel or ""


def category_name(category: str) -> str:
    """'roads', as the municipality's file has it."""
    known = region().categories.get(category)
    return known.name.in_language(language()) if known else category


def department_name(municipality: str, department: str | None) -> str:
    """'Roads and Stormwater'; of none the municipality."""
    known = region().municipalities.get(municipality)
    if known is None:
        return municipality
    its = known.departments.get(department or "")
    return (its.name if its else known.name).in_language(language())


def municipality_name(municipality: str) -> str:
    """'KwaDukuza Municipality'."""
    known = region().municipalities.get(municipality)
    return known.name.in_language(language()) if known else municipality


def referred_name(external: str) -> str:
    """'Eskom'."""
    known = region().externals.get(external)
    return known.name.in_language(language()) if known else external


def place_name(place: str) -> str:
    """'Sundumbili'; in isiZulu with its locative: 'eSundumbili'."""
    known = region().place_named(place)
    return known.locative if known and language() == "zu" else place


def service_name(service: str) -> str:
    """'water', 'electricity'."""
    return label("service", service, language())


def register_name(code: str) -> str:
    """'T1', 'off-peak'; nothing for the only one of a meter."""
    return register_word(code, language())


def language_name(code: str | None) -> str:
    """'IsiZulu'; a dash when it is not known."""
    return _LANGUAGES.get(code or "", "-")


def proof_name(proof: str) -> str:
    """By what an account is linked."""
    return _(_PROOFS[proof]) if proof in _PROOFS else proof


NAMES = {
    function.__name__: function
    for function in (
        *(stage_name, class_name, channel_name, category_name, department_name, municipality_name),
        *(referred_name, place_name, language_name, proof_name, service_name, register_name),
    )
}
