"""Why a provider did not take a message: one family of errors, each of which knows whether to try again."""

from __future__ import annotations


class SendError(Exception):
    """The provider did not take the message.

    `retry` says whether the same message may be sent again later, `maybe_sent` whether this attempt may
    have reached the provider all the same (a time-out), `retry_after` how many seconds the provider asked us
    to wait.
    """

    retry = False
    maybe_sent = False

    def __init__(self, text: str, code: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.retry_after = retry_after


class OptedOut(SendError):
    """The person has told the provider, or blocked us, so that nothing more reaches them."""


class InvalidAddress(SendError):
    """There is no such phone, or it cannot take this kind of message."""


class TooLong(SendError):
    """The text is longer than the provider takes."""


class WindowClosed(SendError):
    """WhatsApp: more than 24 hours since the person last wrote, so only an approved template may be sent."""


class Filtered(SendError):
    """The network refused the text."""


class Rejected(SendError):
    """The provider says the request itself is wrong: trying again would be refused again."""


class RateLimited(SendError):
    """Too many messages a second: wait, then go on."""

    retry = True


class Misconfigured(SendError):
    """The provider refuses our credentials or sender: the operator can put that right, the message waits."""

    retry = True


class Unavailable(SendError):
    """The provider failed (5xx) or the phone is out of reach: try later, and ask first what became of it."""

    retry = True
    maybe_sent = True


class NoAnswer(SendError):
    """The line broke or the time ran out: the provider may have taken the message, or may not."""

    retry = True
    maybe_sent = True
