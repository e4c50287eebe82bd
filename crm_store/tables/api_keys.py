"""Keys with which other systems use the API."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation, WithId


class ApiKey(Base, WithId, WithCreation):
    """A key, of which only a hash is kept. What is named by its scopes may be done with it."""

    __tablename__ = "api_keys"

    name: Mapped[str] = mapped_column(unique=True)
    #: SHA-256 of the key; it is random and long, so that a slow hash adds nothing
    digest: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    #: None: all municipalities
    municipality: Mapped[str | None]
    created_by: Mapped[str]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
