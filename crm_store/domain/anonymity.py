"""Whether somebody says that they do not want to be named, in English or isiZulu."""

import re

_WISH = re.compile(
    r"\banonym\w*"
    r"|\b(?:do not|don'?t|dont|not|without)\b[^.!?]{0,25}\bmy (?:name|number|identity)\b"
    r"|\b(?:hide|keep|protect) my (?:name|number|identity)\b"
    r"|\b(?:a|ku|we|be|nga)?(?:ngifuni|ngithandi|ngingathandi|ngizukuli|ngeke ngi\w*|ungali\w*|ningali\w*)\b"
    r"[^.!?]{0,25}\b(?:igama|inombolo|ukuziveza|ukuzidalula|ukwaziwa|ukudalulwa)\b"
    r"|\b(?:ngifihl\w*|fihla\w*|nifihl\w*|ufihl\w*) (?:igama|inombolo)"
    r"|\b(?:ngingaziwa|engaziwa|ongaziwa|ngingadalulwa|ngingavezwa|ngaphandle kokuziveza|ngokungaziwa)\b",
    re.IGNORECASE,
)


def wants_anonymity(text: str) -> bool:
    """True when the text says that its writer is not to be named."""
    return _WISH.search(text.replace("\u2019", "'")) is not None
