"""What a citizen was told about a case on our own initiative, and what they were not told, and why."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.plain import plain
from crm_store.tables import Case, Message, Notice


def notices_of(session: Session, case_id: UUID) -> list[dict[str, Any]]:
    """The case's notices as JSON, in the order in which they were planned.

    `state`: planned, sent, suppressed or failed, with the `reason` in words; `delivery`: what became of the
    message ('failed', 'delivered' …), with its error. By which channel is not said of an anonymous report.
    """
    rows = session.execute(
        select(Notice, Message, Case.anonymous)
        .join(Case, Case.id == Notice.case_id)
        .outerjoin(Message, Message.id == Notice.message_id)
        .where(Notice.case_id == case_id)
        .order_by(Notice.sequence)
    )
    shown: list[dict[str, Any]] = [
        plain(
            {
                "kind": notice.kind,
                "state": notice.state,
                "reason": notice.reason,
                "not_before": notice.not_before,
                "ended_at": notice.ended_at,
                "channel": message.channel if message and not anonymous else None,
                "delivery": message.status if message else None,
                "error": message.error_text if message else None,
            }
        )
        for notice, message, anonymous in rows
    ]
    return shown
