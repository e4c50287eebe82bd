"""Which approved template of WhatsApp goes in the place of a text after the 24 hours."""

from crm_store.domain.region import Region
from crm_store.settings import settings
from crm_store.texts import sources

#: Texts of our own initiative beside the utter_notice_… ones: they ask, or open a chat again.
_MORE = ("utter_ask_case_answer", "utter_ask_fixed", "utter_agent_message")


def unasked_texts() -> list[str]:
    """The keys of the texts that are sent on our own initiative: these need a template."""
    return [key for key in sources() if key.startswith("utter_notice_") or key in _MORE]


def approved_template(region: Region, response_key: str, language: str) -> str | None:
    """The Content SID for the text ('utter_notice_resolved'), or None.

    What the desk or the municipality file says goes before TWILIO_WHATSAPP_TEMPLATES.
    """
    own = region.whatsapp_templates.get(response_key.removeprefix("utter_"))
    sid = (own.zu if language == "zu" else own.en) if own else None
    return sid or settings().whatsapp_template(response_key, language)
