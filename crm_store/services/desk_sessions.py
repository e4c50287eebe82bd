"""Sessions of the desk: begun at sign-in, kept alive by use, ended by sign-out, by time, or by somebody."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from crm_store.live import publish
from crm_store.tables import DeskSession, User

#: However busy: after a working day one signs in again.
LONGEST = timedelta(hours=12)
#: A code must be given soon after the password.
CODE_WITHIN = timedelta(minutes=5)
_NOTED_EVERY = timedelta(seconds=30)
#: After its end, for the forms that were open.
_KEPT = timedelta(days=1)

# Made once: every request asks it.
_LIVING = (
    select(DeskSession, User)
    .join(User, User.id == DeskSession.user_id)
    .where(
        DeskSession.digest == bindparam("digest_asked"),
        DeskSession.expires_at > bindparam("at"),
        DeskSession.seen_at > bindparam("used_since"),
        User.active,
    )
)


@dataclass(frozen=True)
class Begun:
    """A new session, and its token, which nobody can read again."""

    session: DeskSession
    token: str


def begin_session(
    session: Session,
    user_id: UUID,
    address: str,
    browser: str,
    now: datetime,
    *,
    before: str | None = None,
    code_wanted: bool = False,
) -> Begun:
    """A session of the user under a new token: one that was there before (fixation) is never taken over.

    `before` is the token of the browser's last session, which ends. Was it the same user's, forms that are
    still open in that browser stay good: nobody loses what they typed while their session ran out.
    """
    token = secrets.token_urlsafe(32)
    last = (
        session.scalar(select(DeskSession).where(DeskSession.digest == _digest(before))) if before else None
    )
    csrf = last.csrf if last is not None and last.user_id == user_id else secrets.token_urlsafe(24)
    if last is not None:
        end_session(session, last.id)
    row = DeskSession(
        digest=_digest(token),
        user_id=user_id,
        csrf=csrf,
        code_wanted=code_wanted,
        seen_at=now,
        created_at=now,
        expires_at=now + (CODE_WITHIN if code_wanted else LONGEST),
        address=address,
        browser=browser[:200],
    )
    session.execute(delete(DeskSession).where(DeskSession.expires_at < now - _KEPT))
    session.add(row)
    session.flush()
    return Begun(row, token)


def session_of(
    session: Session, token: str, idle: timedelta, now: datetime, *, used: bool = True
) -> tuple[DeskSession, User] | None:
    """The session and its user; None when it ended, or its user may not sign in any more.

    Its use is noted, unless it was no person's (`used`): a page that fetches by itself keeps nothing alive.
    """
    asked = {"digest_asked": _digest(token), "at": now, "used_since": now - idle}
    found = session.execute(_LIVING, asked).one_or_none()
    if found is None:
        return None
    row, user = found
    if used and now - row.seen_at > _NOTED_EVERY:
        row.seen_at = now
    return row, user


def living(session: Session, ids: Collection[UUID], idle: timedelta, now: datetime) -> set[UUID]:
    """Those of the sessions that have not ended; to look does not keep them alive."""
    return set(
        session.scalars(
            select(DeskSession.id)
            .join(User, User.id == DeskSession.user_id)
            .where(
                DeskSession.id.in_(ids),
                DeskSession.expires_at > now,
                DeskSession.seen_at > now - idle,
                User.active,
            )
        )
    )


def sessions_of(session: Session, user_id: UUID, idle: timedelta, now: datetime) -> list[DeskSession]:
    """Where the user is signed in now, last used first."""
    return list(
        session.scalars(
            select(DeskSession)
            .where(
                DeskSession.user_id == user_id,
                DeskSession.expires_at > now,
                DeskSession.seen_at > now - idle,
                ~DeskSession.code_wanted,
            )
            .order_by(DeskSession.seen_at.desc())
        )
    )


def end_session(session: Session, session_id: UUID) -> None:
    """The session opens nothing any more, and its live pages fall silent."""
    session.execute(delete(DeskSession).where(DeskSession.id == session_id))
    publish(session, "sessions")


def end_sessions_of(session: Session, user_id: UUID, *, but: UUID | None = None) -> None:
    """End all sessions of the user, `but` one (their own, when they change their password)."""
    query = delete(DeskSession).where(DeskSession.user_id == user_id)
    session.execute(query if but is None else query.where(DeskSession.id != but))
    publish(session, "sessions")


def leave_flash(session: Session, session_id: UUID, flash: dict[str, Any]) -> None:
    """What the next page of this session tells, once."""
    session.execute(update(DeskSession).where(DeskSession.id == session_id).values(flash=flash))


def take_flash(session: Session, session_id: UUID) -> None:
    """It has been told."""
    session.execute(
        update(DeskSession)
        .where(DeskSession.id == session_id, DeskSession.flash.is_not(None))
        .values(flash=None)
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
