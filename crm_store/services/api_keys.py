"""Keys for other systems: made once, shown once, kept as a hash."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.tables import ApiKey

#: What a key can be for.
SCOPES = ("readings",)
_MARK = "phk_"
_NOTED_EVERY = timedelta(minutes=1)


class KeyRefused(ValueError):
    """A key of this name or scope cannot be made, or there is none; the message says why."""


@dataclass(frozen=True)
class Caller:
    """Who calls the API, and what they may do. `municipality` None: those of all."""

    name: str
    scopes: frozenset[str]
    municipality: str | None


def make_key(
    session: Session, name: str, scopes: Collection[str], municipality: str | None, actor: str, now: datetime
) -> str:
    """A new key, which nobody can read again afterwards. Raises KeyRefused."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise KeyRefused(f"there is no scope {', '.join(unknown)}; there are {', '.join(SCOPES)}")
    if session.scalar(select(ApiKey.id).where(ApiKey.name == name)):
        raise KeyRefused(f"there is a key named {name} already; keys that were revoked keep their names")
    key = _MARK + secrets.token_urlsafe(32)
    session.add(
        ApiKey(
            name=name,
            digest=_digest(key),
            scopes=sorted(scopes),
            municipality=municipality,
            created_by=actor,
            created_at=now,
        )
    )
    session.flush()
    return key


def revoke_key(session: Session, name: str, now: datetime) -> None:
    """The key opens nothing any more. Raises KeyRefused when there is none."""
    key = session.scalar(select(ApiKey).where(ApiKey.name == name).with_for_update())
    if key is None:
        raise KeyRefused(f"there is no key named {name}")
    key.revoked_at = key.revoked_at or now


def keys(session: Session) -> list[ApiKey]:
    """All keys, by name."""
    return list(session.scalars(select(ApiKey).order_by(ApiKey.name)))


def caller_of(session: Session, key: str, now: datetime) -> Caller | None:
    """Who has this key; None when it is unknown or revoked. Its last use is noted to the minute."""
    found = session.scalar(select(ApiKey).where(ApiKey.digest == _digest(key), ApiKey.revoked_at.is_(None)))
    if found is None:
        return None
    if found.last_used_at is None or now - found.last_used_at > _NOTED_EVERY:
        found.last_used_at = now
    return Caller(found.name, frozenset(found.scopes), found.municipality)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
