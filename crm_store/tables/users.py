"""The municipality's own people, and where they are signed in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.domain.roles import ROLES
from crm_store.tables.base import Base, WithCreation, WithId, one_of


class User(Base, WithId, WithCreation):
    """A person who may sign in to the desk."""

    __tablename__ = "users"

    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    role: Mapped[str]
    #: whose cases they see; none: everybody's
    municipality: Mapped[str | None]
    department: Mapped[str | None]
    #: only these, as 'KDM/12'; empty: all
    wards: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))
    email: Mapped[str | None]
    phone: Mapped[str | None]
    #: of the desk's pages
    language: Mapped[str] = mapped_column(default="en", server_default="en")
    #: someone who left keeps their row, since the history names them
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    #: Argon2id; none: signs in elsewhere only, or not at all
    password_hash: Mapped[str | None]
    #: somebody else knows the password: the first deed is another one
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    #: base32; with it a code is asked for after the password
    totp_secret: Mapped[str | None]
    #: the time step of the last code, which opens nothing a second time
    totp_step: Mapped[int | None]
    #: SHA-256 of codes that stand in once each for a lost telephone
    recovery_hashes: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))
    #: 'issuer subject' at the single sign-on that knows this person
    external_id: Mapped[str | None] = mapped_column(unique=True)
    last_signed_in_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("role", *ROLES),
        one_of("language", "en", "zu"),
        Index(
            "uq_users_email", text("lower(email)"), unique=True, postgresql_where=text("email IS NOT NULL")
        ),
    )


class DeskSession(Base, WithId, WithCreation):
    """One browser in which a user is signed in; it ends by itself when nobody uses it."""

    __tablename__ = "desk_sessions"

    #: SHA-256 of the cookie: whoever reads the table cannot sign in with it
    digest: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    #: stands in every form of this session
    csrf: Mapped[str]
    #: signed in by password, but the code is still to be given: opens nothing but that page
    code_wanted: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    #: what the next page tells: {"text": …, "undo": path}
    flash: Mapped[dict[str, Any] | None]
    #: a TOTP secret that is shown but not yet proved
    totp_offered: Mapped[str | None]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: the latest end, whatever is done
    expires_at: Mapped[datetime]
    address: Mapped[str]
    browser: Mapped[str]


class SignInFailure(Base, WithId):
    """One sign-in that failed or is under way; enough of them lock a username or an address for a while."""

    __tablename__ = "sign_in_failures"

    username: Mapped[str]
    address: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        Index("ix_sign_in_failures_username", "username", "at"),
        Index("ix_sign_in_failures_address", "address", "at"),
        Index("ix_sign_in_failures_at", "at"),
    )
