"""Who may sign in to the desk: added, changed, locked out, let in again. Each deed ends what it must."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from crm_store.domain.passwords import new_password, password_fault
from crm_store.domain.region import Region
from crm_store.domain.roles import ROLES
from crm_store.domain.usernames import USERNAME, written_username
from crm_store.services.desk_sessions import end_sessions_of
from crm_store.services.history import record_event
from crm_store.services.sign_in import hashed, password_is, unlock
from crm_store.tables import User

#: What an administrator sets, and the history tells.
_FIELDS = (
    *("name", "role", "municipality", "department", "wards"),
    *("email", "phone", "language", "active", "external_id"),
)
FIRST_USERNAME = "admin"


class UserRefused(ValueError):
    """What was asked cannot be; `field` names the faulty field and `fault` says what is wrong with it."""

    def __init__(self, field: str, fault: str, message: str) -> None:
        super().__init__(message)
        self.field, self.fault = field, fault


class UserNotFound(LookupError):
    """There is no user of that name; the message says so."""


@dataclass(frozen=True)
class Wanted:
    """A user as an administrator wants them; `wards` as 'KDM/12'."""

    name: str
    role: str
    municipality: str | None = None
    department: str | None = None
    wards: tuple[str, ...] = field(default=())
    email: str | None = None
    phone: str | None = None
    language: str = "en"


def add_user(
    session: Session,
    region: Region,
    username: str,
    wanted: Wanted,
    actor: str,
    now: datetime,
    *,
    within: str | None = None,
) -> tuple[User, str]:
    """A new user and their first password, which they must change. Raises UserRefused.

    `within`: whoever adds them administers this municipality only.
    """
    name = written_username(username)
    if not USERNAME.fullmatch(name):
        raise UserRefused(
            "username", "form", "username: 2 to 40 small letters, digits, dots, dashes; a letter first"
        )
    if session.scalar(select(User.id).where(User.username == name)):
        raise UserRefused("username", "taken", f"username: there is a user {name} already")
    _check(session, region, wanted, None, within)
    password = new_password()
    user = User(
        username=name,
        password_hash=hashed(password),
        must_change_password=True,
        active=True,
        wards=list(wanted.wards),
        created_at=now,
        **{key: getattr(wanted, key) for key in _wanted_fields() if key != "wards"},
    )
    session.add(user)
    session.flush()
    record_event(session, "user", user.id, "added", actor=actor, after=fields_of(user), at=now)
    return user, password


def change_user(
    session: Session,
    region: Region,
    user_id: UUID,
    wanted: Wanted,
    actor: str,
    now: datetime,
    *,
    within: str | None = None,
) -> User:
    """The user as wanted now; their next page goes by it. Raises UserRefused, UserNotFound."""
    user = user_by_id(session, user_id)
    _check(session, region, wanted, user, within)
    if user.role == "administrator" and wanted.role != "administrator":
        _keep_an_administrator(session, user)
    _set(
        session,
        user,
        {key: getattr(wanted, key) for key in _wanted_fields()} | {"wards": list(wanted.wards)},
        "changed",
        actor,
        now,
    )
    return user


def set_active(session: Session, user_id: UUID, active: bool, actor: str, now: datetime) -> User:
    """Let the user in again, or no more: then they are out at once. Raises UserRefused, UserNotFound."""
    user = user_by_id(session, user_id)
    if not active and user.active:
        _keep_an_administrator(session, user)
    _set(session, user, {"active": active}, "activated" if active else "deactivated", actor, now)
    return user


def reset_password(session: Session, user_id: UUID, actor: str, now: datetime) -> str:
    """A new password, told once, which they must change; ends their sessions and opens the lock."""
    password = new_password()
    _put_password(session, user_by_id(session, user_id), password, actor, now, must_change=True)
    return password


def set_password(session: Session, user_id: UUID, password: str, actor: str, now: datetime) -> None:
    """The password that was typed for them, which they must change. Raises UserRefused."""
    user = user_by_id(session, user_id)
    _insist_on_good(password, user)
    _put_password(session, user, password, actor, now, must_change=True)


def choose_password(
    session: Session, user_id: UUID, old: str, new: str, keep_session: UUID, now: datetime
) -> None:
    """The user's own new password; their other sessions end. Raises UserRefused ('old' or 'new')."""
    user = user_by_id(session, user_id)
    if not password_is(user, old):
        raise UserRefused("old", "wrong", "old: this is not your password")
    _insist_on_good(new, user)
    if old == new:
        raise UserRefused("new", "same", "new: this is the password that you have")
    actor = f"agent:{user.username}"
    _put_password(session, user, new, actor, now, must_change=False, keep_session=keep_session)


def reset_second_factor(session: Session, user_id: UUID, actor: str, now: datetime) -> None:
    """No code is asked for any more (a lost telephone without recovery codes); ends their sessions."""
    user = user_by_id(session, user_id)
    user.totp_secret, user.totp_step, user.recovery_hashes = None, None, []
    end_sessions_of(session, user.id)
    record_event(session, "user", user.id, "second_factor_removed", actor=actor, at=now)


def let_in(session: Session, user_id: UUID, actor: str, now: datetime) -> None:
    """Forget their wrong passwords: they may try again at once."""
    user = user_by_id(session, user_id)
    unlock(session, user.username)
    record_event(session, "user", user.id, "unlocked", actor=actor, at=now)


def first_administrator(session: Session, now: datetime) -> tuple[str, str] | None:
    """(username, password) of an administrator made now, when there is no user at all; else None."""
    if session.scalar(select(User.id).limit(1)):
        return None
    session.execute(text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))  # two first starts at once
    if session.scalar(select(User.id).limit(1)):
        return None
    password = new_password()
    user = User(
        username=FIRST_USERNAME,
        name="Administrator",
        role="administrator",
        password_hash=hashed(password),
        must_change_password=True,
        created_at=now,
    )
    session.add(user)
    session.flush()
    record_event(session, "user", user.id, "added", actor="system", after=fields_of(user), at=now)
    return user.username, password


def user_named(session: Session, username: str) -> User:
    """The user, locked for a change; raises UserNotFound."""
    name = written_username(username)
    user = session.scalar(select(User).where(User.username == name).with_for_update())
    if user is None:
        raise UserNotFound(f"there is no user {name}")
    return user


def user_by_id(session: Session, user_id: UUID) -> User:
    """The same by id."""
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise UserNotFound("there is no such user")
    return user


def fields_of(user: User) -> dict[str, Any]:
    """What the history tells of a user; never a password or a secret."""
    return {name: getattr(user, name) for name in _FIELDS}


def _wanted_fields() -> Collection[str]:
    return Wanted.__dataclass_fields__


def _set(session: Session, user: User, values: dict[str, Any], kind: str, actor: str, now: datetime) -> None:
    before = fields_of(user)
    for key, value in values.items():
        setattr(user, key, value)
    after = fields_of(user)
    changed = [key for key in _FIELDS if before[key] != after[key]]
    if not changed:
        return
    if "active" in changed:
        end_sessions_of(session, user.id)
    record_event(
        session,
        "user",
        user.id,
        kind,
        actor=actor,
        before={key: before[key] for key in changed},
        after={key: after[key] for key in changed},
        at=now,
    )


def _check(session: Session, region: Region, wanted: Wanted, user: User | None, within: str | None) -> None:
    if within not in (None, wanted.municipality):
        raise UserRefused("municipality", "outside", f"municipality: only {within}")
    if not wanted.name.strip():
        raise UserRefused("name", "missing", "name: is missing")
    if wanted.role not in ROLES:
        raise UserRefused("role", "unknown", f"role: there is no {wanted.role}; there are {', '.join(ROLES)}")
    if wanted.language not in ("en", "zu"):
        raise UserRefused("language", "unknown", "language: en or zu")
    municipality = region.municipalities.get(wanted.municipality or "")
    if wanted.municipality and municipality is None:
        known = ", ".join(region.municipalities)
        raise UserRefused("municipality", "unknown", f"municipality: there are {known}")
    if wanted.department and (municipality is None or wanted.department not in municipality.departments):
        known = ", ".join(municipality.departments) if municipality else "none without a municipality"
        raise UserRefused("department", "unknown", f"department: there are {known}")
    for ward in wanted.wards:
        code, _slash, number = ward.partition("/")
        if code not in region.municipalities or not number.isdigit():
            raise UserRefused("wards", "form", f"wards: {ward} must look like KDM/12")
        if wanted.municipality not in (None, code):
            raise UserRefused("wards", "elsewhere", f"wards: {ward} is not in {wanted.municipality}")
    if wanted.role == "councillor" and not wanted.wards:
        raise UserRefused("wards", "missing", "wards: a councillor sees the figures of named wards")
    if wanted.email:
        owner = session.scalar(select(User).where(func.lower(User.email) == wanted.email.lower()))
        if owner is not None and (user is None or owner.id != user.id):
            raise UserRefused("email", "taken", f"email: is {owner.username}'s")


def _keep_an_administrator(session: Session, user: User) -> None:
    """Raises UserRefused when nobody could administer any more; two at once wait for each other."""
    if user.role != "administrator":
        return
    others = session.scalars(
        select(User.id)
        .where(
            User.role == "administrator",
            User.active,
            or_(User.password_hash.is_not(None), User.external_id.is_not(None)),
        )
        .order_by(User.id)
        .with_for_update()
    ).all()
    if not [other for other in others if other != user.id]:
        raise UserRefused(
            "role", "last", f"{user.username} is the last administrator: make another one first"
        )


def _insist_on_good(password: str, user: User) -> None:
    fault = password_fault(password, user.username)
    if fault is not None:
        raise UserRefused("new", fault, f"password: {_FAULTS[fault]}")


_FAULTS = {
    "short": "at least 12 characters; three or four words are easy to remember",
    "long": "at most 200 characters",
    "name": "the username must not stand in it",
    "simple": "too easy to guess; take three or four words",
}


def _put_password(
    session: Session,
    user: User,
    password: str,
    actor: str,
    now: datetime,
    *,
    must_change: bool,
    keep_session: UUID | None = None,
) -> None:
    user.password_hash, user.must_change_password = hashed(password), must_change
    unlock(session, user.username)
    end_sessions_of(session, user.id, but=keep_session)
    record_event(session, "user", user.id, "password_changed", actor=actor, at=now)
