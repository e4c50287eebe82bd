"""Signing in to the desk: the password, the lock after wrong ones, and the code of a second factor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from threading import BoundedSemaphore
from typing import Literal
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crm_store.domain.passwords import matching_step, recovery_digest
from crm_store.domain.usernames import written_username
from crm_store.services.history import record_event
from crm_store.tables import DeskSession, SignInFailure, User, new_id

LOCKED_FOR = timedelta(minutes=15)
#: Wrong ones within that time. A walk-in centre shares one address: it gets more.
MOST_A_USERNAME = 5
MOST_AN_ADDRESS = 20
_KEPT = timedelta(days=1)
#: any number, the same in every process
_LOCKS = 743_600

#: Argon2id with the library's defaults (RFC 9106's second recommendation: 64 MiB, 3 passes).
_hasher = PasswordHasher()
#: Many who sign in at once wait for each other, instead of taking 64 MiB each.
_hashing = BoundedSemaphore(2)


@dataclass(frozen=True)
class Outcome:
    """How a sign-in ended. 'refused' tells neither whether the user exists nor whether they may sign in."""

    kind: Literal["signed_in", "refused", "locked"]
    user_id: UUID | None = None


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _hashing:
        return _hasher.hash(password)


@cache
def _nobodys_hash() -> str:
    """Checked where there is no user, so that the answer takes as long as for one that exists."""
    return hashed("nobody has this password")


def begin_attempt(session: Session, username: str, address: str, now: datetime) -> UUID | None:
    """Write the attempt down before the password is looked at, so that many at once are counted too.

    Gives its id, or None when the username or the address is locked. Commit before `check_password`.
    """
    name = written_username(username)
    since = now - LOCKED_FOR
    # Guesses at once wait for each other here: none may count before the one before it stands in the table.
    for kind, value in ((1, name), (2, address)):
        session.execute(select(func.pg_advisory_xact_lock(_LOCKS + kind, func.hashtext(value))))
    session.execute(delete(SignInFailure).where(SignInFailure.at < now - _KEPT))
    attempt = SignInFailure(id=new_id(), username=name, address=address, at=now)
    session.add(attempt)
    session.flush()
    recent = SignInFailure.at > since
    by_name = session.scalar(
        select(func.count()).select_from(SignInFailure).where(SignInFailure.username == name, recent)
    )
    by_address = session.scalar(
        select(func.count()).select_from(SignInFailure).where(SignInFailure.address == address, recent)
    )
    if (by_name or 0) > MOST_A_USERNAME or (by_address or 0) > MOST_AN_ADDRESS:
        session.delete(attempt)  # knocking at a locked door does not keep it locked
        return None
    return attempt.id


def check_password(session: Session, username: str, password: str, attempt_id: UUID) -> Outcome:
    """Whether the password is the user's; if so the attempt was no failure."""
    user = session.scalar(select(User).where(User.username == written_username(username)))
    kept = user.password_hash if user else None
    right = _matches(kept or _nobodys_hash(), password) and kept is not None
    if user is None or not right or not user.active:
        return Outcome("refused")
    if kept and _hasher.check_needs_rehash(kept):
        user.password_hash = hashed(password)
    # The earlier ones stay until the whole sign-in is done: who has the password may still guess codes.
    session.execute(delete(SignInFailure).where(SignInFailure.id == attempt_id))
    return Outcome("signed_in", user.id)


def password_is(user: User, password: str) -> bool:
    """Whether this is the user's password (asked again before it is changed)."""
    return _matches(user.password_hash or _nobodys_hash(), password) and user.password_hash is not None


def check_code(session: Session, user_id: UUID, code: str, attempt_id: UUID, now: datetime) -> bool:
    """Whether the code is the telephone's, or an unused recovery code; neither is good twice."""
    user = session.get_one(User, user_id, with_for_update=True)
    if user.totp_secret is None:
        return False
    step = matching_step(user.totp_secret, code, now, user.totp_step)
    if step is not None:
        user.totp_step = step
    else:
        digest = recovery_digest(code)
        if digest not in user.recovery_hashes:
            return False
        user.recovery_hashes = [kept for kept in user.recovery_hashes if kept != digest]
        record_event(
            session,
            "user",
            user.id,
            "recovery_code_used",
            actor=f"agent:{user.username}",
            after={"left": len(user.recovery_hashes)},
            at=now,
        )
    session.execute(delete(SignInFailure).where(SignInFailure.id == attempt_id))
    return True


def unlock(session: Session, username: str) -> None:
    """Forget the wrong passwords of a username."""
    session.execute(delete(SignInFailure).where(SignInFailure.username == written_username(username)))


def is_locked(session: Session, username: str, now: datetime) -> bool:
    """Whether the username takes no password at present."""
    wrong = session.scalar(
        select(func.count())
        .select_from(SignInFailure)
        .where(SignInFailure.username == written_username(username), SignInFailure.at > now - LOCKED_FOR)
    )
    return (wrong or 0) >= MOST_A_USERNAME


def note_signed_in(session: Session, signed_in: DeskSession, now: datetime, how: str) -> None:
    """Write into the user's history that they signed in, from where and how; earlier errors are forgotten."""
    user = session.get_one(User, signed_in.user_id)
    unlock(session, user.username)
    user.last_signed_in_at = now
    record_event(
        session,
        "user",
        user.id,
        "signed_in",
        actor=f"agent:{user.username}",
        after={"how": how, "address": signed_in.address},
        at=now,
    )


def _matches(kept: str, password: str) -> bool:
    try:
        with _hashing:
            return _hasher.verify(kept, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
