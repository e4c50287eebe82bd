"""The municipality's own people."""

from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation, WithId


class User(Base, WithId, WithCreation):
    """A person who may sign in to the desk."""

    __tablename__ = "users"

    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    role: Mapped[str]
    #: whose cases they see first; none: everybody's
    municipality: Mapped[str | None]
    department: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    password_hash: Mapped[str | None]
