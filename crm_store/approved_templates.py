"""Which approved template of WhatsApp goes in the place of a text after the 24 hours."""

from crm_store.domain.region import Region
from crm_store.settings import settings


def approved_template(region: Region, response_key: str, language: str) -> str | None:
    """The Content SID for the text ('utter_notice_resolved'), or None.

    What the desk or the municipality file says goes before TWILIO_WHATSAPP_TEMPLATES.
    """
    own = region.whatsapp_templates.get(response_key.removeprefix("utter_"))
    sid = (own.zu if language == "zu" else own.en) if own else None
    return sid or settings().whatsapp_template(response_key, language)
