"""Batches of readings for the billing system, and keys for the API that hands them over."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "reading_batches",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("municipality", sa.String(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sum", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", TIME, nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_reading_batches")),
    )
    op.create_index(
        "ix_reading_batches_open",
        "reading_batches",
        ["number"],
        postgresql_where=sa.text("acknowledged_at IS NULL"),
    )
    op.create_table(
        "batch_readings",
        sa.Column("reading_id", sa.Uuid(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("flags", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("replaces", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["reading_batches.number"], name=op.f("fk_batch_readings_batch")),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name=op.f("fk_batch_readings_reading_id")),
        sa.PrimaryKeyConstraint("reading_id", name=op.f("pk_batch_readings")),
    )
    op.create_index("ix_batch_readings_batch", "batch_readings", ["batch"])
    # Asked for every reading of a batch: which one, handed over before, does it replace?
    op.create_index(
        "ix_readings_replaced_by",
        "readings",
        ["replaced_by"],
        postgresql_where=sa.text("replaced_by IS NOT NULL"),
    )
    op.create_table(
        "api_keys",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("municipality", sa.String(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("last_used_at", TIME, nullable=True),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
        sa.UniqueConstraint("name", name=op.f("uq_api_keys_name")),
    )


def downgrade() -> None:
    op.drop_table("api_keys")
    op.drop_index("ix_readings_replaced_by", "readings")
    op.drop_table("batch_readings")
    op.drop_table("reading_batches")
