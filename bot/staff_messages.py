"""Staff notices that leave the house: e-mail through the mail server, the loudest ones by SMS."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from smtplib import SMTP

import structlog

from bot.channels import smtp, twilio_sms
from bot.channels.errors import SendError
from crm_store.database import transaction
from crm_store.domain.region import Region
from crm_store.services.staff_notices import ToSend, note_sent, note_unsent, unsent

log = structlog.get_logger(__name__)


def send_staff_notices(now: datetime, region: Region) -> int:
    """Sends what is waiting; returns how many went. What fails for the moment is tried at the next time."""
    with transaction() as session:
        waiting = unsent(session, region)
    sent = 0
    with ExitStack() as connection:
        server: SMTP | None = None
        for notice in waiting:
            try:
                if notice.channel == "email":
                    server = server or connection.enter_context(smtp.mail_server())
                _send(notice, server)
            except SendError as error:
                log.warning("staff_notice_failed", notice_id=str(notice.notice_id), error=error.text)
                with transaction() as session:
                    note_unsent(session, notice.notice_id, error.text, now, again=error.retry)
                if server is None and notice.channel == "email":
                    break  # the mail server itself does not answer: the others would wait in vain too
                continue
            with transaction() as session:
                note_sent(session, notice.notice_id, now)
            sent += 1
    return sent


def _send(notice: ToSend, server: SMTP | None) -> None:
    if server is not None and notice.channel == "email":
        smtp.send(server, notice.address, notice.subject, notice.body)
    else:
        twilio_sms.send(notice.address, notice.line, [])
