"""Single words that steer the conversation itself: stop, start, cancel.

They are read before anything is understood, on every path, so that nobody who writes STOP hears from us
again. The lists are Twilio's (CHANNELS.md) and their isiZulu counterparts; only a message of that one word
counts.
"""

import re
import unicodedata
from typing import Literal

Control = Literal["stop", "start", "cancel"]

_STOP = frozenset({"stop", "stopall", "stop all", "unsubscribe", "misa", "yeka"})
# These stop too, but while a question of ours is open a person means the question (on SMS see below).
_STOP_OR_LEAVE = frozenset({"end", "quit"})
_CANCEL = frozenset({"cancel", "khansela", "kansela", "0"})
_START = frozenset({"start", "unstop", "qala"})
_UPDATES = r"(?:progress )?updates?|messages? about progress|(?:ezinye )?izibuyekezo|ama-?updates?"
_NOT_WANTED = (
    r"no(?: more)?|stop(?: the| sending(?: me)?)?|without|(?:do not|don't|dont) send(?: me)?(?: any)?"
    r"|i (?:do not|don't|dont) want(?: any)?|azikho|angifuni|angisafuni|ngingafuni|misa|yeka|ningathumeli"
)
_WANTED = r"start|send(?: me)?|i want|yes|ngifuna|qala|thumela"
_UPDATES_OFF = re.compile(
    rf"(?:please )?(?:{_NOT_WANTED}) (?:{_UPDATES})(?: please| anymore| any more)?|updates? off"
)
_UPDATES_ON = re.compile(rf"(?:(?:{_WANTED}) )?(?:{_UPDATES})(?: on)?")


def read_control(
    text: str, *, channel: str, asking: str | None = None, opt_out_type: str | None = None
) -> Control | None:
    """What a message orders, or None when it is an ordinary message.

    `asking` is the slot being asked, or any other non-empty string while choices are open. `opt_out_type` is
    the provider's own reading (Twilio's OptOutType: STOP, START, HELP) and wins: the provider has acted on
    it already. YES opts in only on SMS and only with no question open; a caller ignores 'start' from someone
    never opted out and takes the message as an ordinary one.
    """
    provider = (opt_out_type or "").strip().upper()
    if provider == "STOP":
        return "stop"
    if provider == "START":
        return "start"
    word = _single_word(text)
    if word in _STOP:
        return "stop"
    if word in _START:
        return "start"
    if word in _STOP_OR_LEAVE:
        # On SMS carriers act on END and QUIT whatever we had asked.
        return "cancel" if asking and channel != "sms" else "stop"
    if word in _CANCEL and asking:
        return "cancel"
    if word == "cancel" and channel == "sms":
        return "stop"
    if word == "yes" and channel == "sms" and not asking:
        return "start"
    return None


def read_updates_wish(text: str) -> Literal["off", "on"] | None:
    """Whether a short message says that the person wants no word of progress any more, or wants it again.

    A bare 'updates' means 'on' only to somebody who had none; the caller knows (others ask how far it is).
    """
    said = _single_word(text)
    if _UPDATES_OFF.fullmatch(said):
        return "off"
    return "on" if _UPDATES_ON.fullmatch(said) else None


def _single_word(text: str) -> str:
    """The message without case, quotes, punctuation, invisible characters and a leading slash (/stop)."""
    plain = unicodedata.normalize("NFKC", text[:64])
    plain = "".join(c for c in plain if unicodedata.category(c) != "Cf")
    return re.sub(r"\s+", " ", re.sub(r"^[\W_]+|[\W_]+$", "", plain)).casefold()
