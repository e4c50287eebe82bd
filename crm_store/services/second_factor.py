"""Switching the code of an authenticator app on and off, by the user themselves."""

from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from sqlalchemy.orm import Session

from crm_store.domain.passwords import matching_step, new_recovery_codes, new_totp_secret, recovery_digest
from crm_store.services.history import record_event
from crm_store.services.sign_in import password_is
from crm_store.services.users import UserRefused, user_by_id
from crm_store.tables import DeskSession, User

ISSUER = "Phendula"


def offer_secret(session: Session, session_id: UUID) -> str:
    """The secret that this session offers until a code proves that the app has it; the same each time."""
    row = session.get_one(DeskSession, session_id, with_for_update=True)
    if row.totp_offered is None:
        row.totp_offered = new_totp_secret()
    return row.totp_offered


def setup_address(secret: str, username: str) -> str:
    """What the QR code says, as every authenticator app reads it (Google's Key URI format)."""
    return f"otpauth://totp/{ISSUER}:{quote(username)}?secret={secret}&issuer={ISSUER}"


def switch_on(session: Session, user_id: UUID, session_id: UUID, code: str, now: datetime) -> list[str]:
    """From now on a code is asked for. Gives the recovery codes, told once. Raises UserRefused ('code')."""
    user = user_by_id(session, user_id)
    row = session.get_one(DeskSession, session_id, with_for_update=True)
    step = matching_step(row.totp_offered, code, now, None) if row.totp_offered else None
    if step is None:
        raise UserRefused("code", "wrong", "code: is not what the app shows now")
    user.totp_secret, user.totp_step, row.totp_offered = row.totp_offered, step, None
    codes = _new_codes(user)
    record_event(session, "user", user.id, "second_factor_on", actor=f"agent:{user.username}", at=now)
    return codes


def renew_recovery_codes(session: Session, user_id: UUID, password: str, now: datetime) -> list[str]:
    """Other recovery codes, told once; the old ones are worth nothing. Raises UserRefused ('password')."""
    user = _proved(session, user_id, password)
    codes = _new_codes(user)
    record_event(session, "user", user.id, "recovery_codes_renewed", actor=f"agent:{user.username}", at=now)
    return codes


def switch_off(session: Session, user_id: UUID, password: str, now: datetime) -> None:
    """No code is asked for any more. Raises UserRefused ('password')."""
    user = _proved(session, user_id, password)
    user.totp_secret, user.totp_step, user.recovery_hashes = None, None, []
    record_event(session, "user", user.id, "second_factor_off", actor=f"agent:{user.username}", at=now)


def _proved(session: Session, user_id: UUID, password: str) -> User:
    user = user_by_id(session, user_id)
    if not password_is(user, password):
        raise UserRefused("password", "wrong", "password: this is not your password")
    return user


def _new_codes(user: User) -> list[str]:
    codes = new_recovery_codes()
    user.recovery_hashes = [recovery_digest(code) for code in codes]
    return codes
