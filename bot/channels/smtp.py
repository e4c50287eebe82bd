"""E-mail to the municipality's own people, through the mail server of the SMTP_ settings."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from bot.channels.errors import InvalidAddress, Misconfigured, Rejected, SendError, Unavailable
from crm_store.settings import settings

TIMEOUT_SECONDS = 20


@contextmanager
def mail_server() -> Iterator[smtplib.SMTP]:
    """A connection that is signed in; raises SendError."""
    given = settings()
    if given.smtp_host is None:
        raise Misconfigured("SMTP_HOST is not set", "smtp_host")
    try:
        with smtplib.SMTP(given.smtp_host, given.smtp_port, timeout=TIMEOUT_SECONDS) as server:
            if given.smtp_starttls:
                server.starttls(context=ssl.create_default_context())
            if given.smtp_user and given.smtp_password:
                server.login(given.smtp_user, given.smtp_password)
            yield server
    except (OSError, smtplib.SMTPException) as error:
        raise _translated(error) from error


def send(server: smtplib.SMTP, to: str, subject: str, body: str) -> None:
    """Hands the mail to the server; raises SendError, which says whether to try again."""
    message = EmailMessage()
    sender = settings().smtp_from or ""
    message["From"], message["To"], message["Subject"] = sender, to, " ".join(subject.split())
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=sender.partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers to us
    message.set_content(body)
    try:
        server.send_message(message)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise _translated(error) from error


def _translated(error: Exception) -> SendError:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        kind = InvalidAddress if code >= 500 else Unavailable
        return kind(text.decode(errors="replace"), str(code))
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPNotSupportedError | ssl.SSLError):
        return Misconfigured(str(error), "smtp")
    if isinstance(error, smtplib.SMTPResponseException):
        kind_ = Rejected if error.smtp_code >= 500 else Unavailable
        return kind_(str(error.smtp_error), str(error.smtp_code))
    if isinstance(error, ValueError):
        return Rejected(str(error), "address")
    return Unavailable(str(error), "smtp")
