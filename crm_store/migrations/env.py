"""Alembic's entry: run the revisions on the address that `migrate` gave."""

from alembic import context
from sqlalchemy import create_engine, pool

from crm_store.tables import Base


def ours(name: str | None, type_: str, _parents: object) -> bool:
    """Procrastinate's tables are its own; comparing leaves them out."""
    return not (type_ == "table" and name is not None and name.startswith("procrastinate_"))


engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=Base.metadata, include_name=ours, compare_server_default=True
    )
    with context.begin_transaction():
        context.run_migrations()
