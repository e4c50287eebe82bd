"""Files are kept for a time; what was deleted then says so."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_STATES = "'waiting', 'stored', 'refused', 'dismissed', 'erased'"


def upgrade() -> None:
    op.add_column("media", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_media_kept",
        "media",
        ["created_at"],
        postgresql_where=sa.text("state IN ('stored', 'dismissed')"),
    )
    _allow(f"{_STATES}, 'deleted'")


def downgrade() -> None:
    op.execute("UPDATE media SET state = 'erased' WHERE state = 'deleted'")
    _allow(_STATES)
    op.drop_index("ix_media_kept", "media")
    op.drop_column("media", "deleted_at")


def _allow(states: str) -> None:
    op.drop_constraint(op.f("ck_media_state"), "media")
    op.create_check_constraint(op.f("ck_media_state"), "media", f"state IN ({states})")
