"""Pictures that people send: where they come from, what is kept of them, and what they belong to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("source", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("sha256", sa.String()),
        sa.Column("content_type", sa.String()),
        sa.Column("size_bytes", sa.Integer()),
        sa.Column("stored_at", sa.DateTime(timezone=True)),
        sa.Column("reading_id", sa.Uuid()),
        sa.Column("case_id", sa.Uuid()),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'stored', 'refused', 'dismissed', 'erased')", name=op.f("ck_media_state")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_media_message_id")),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name=op.f("fk_media_reading_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_media_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("message_id", "ordinal", name=op.f("uq_media_message_id_ordinal")),
    )
    for column in ("sha256", "reading_id", "case_id"):
        op.create_index(op.f(f"ix_media_{column}"), "media", [column])
    op.create_index(
        "ix_media_of_nothing", "media", ["created_at"],
        postgresql_where=sa.text("state = 'stored' AND reading_id IS NULL AND case_id IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("media")
