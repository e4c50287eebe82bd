"""People on the desk: merged records, notes; forms captured at a counter, on the telephone or on the web."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"

NOTICES = (
    *("assigned", "started", "delayed", "referred", "referred_out", "waiting", "resolved", "decided"),
    *("reopened", "closed", "incident_known", "incident_over", "follow_up"),
    *("reading_accepted", "reading_corrected", "reading_rejected", "photo_refused", "reminder"),
)
CASE_CHANNELS = ("sms", "whatsapp", "telegram", "web", "walk_in", "phone")


def upgrade() -> None:
    op.add_column("citizens", sa.Column("merged_into_id", sa.Uuid()))
    op.create_foreign_key(
        op.f("fk_citizens_merged_into_id"), "citizens", "citizens", ["merged_into_id"], ["id"]
    )
    op.create_index(
        "ix_citizens_name", "citizens", [sa.text("lower(name)")],
        postgresql_where=sa.text("name IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_citizens_words", "citizens", [sa.text("to_tsvector('simple'::regconfig, name)")],
        postgresql_using="gin",
    )  # fmt: skip
    op.create_index(
        "ix_citizens_merged_into", "citizens", ["merged_into_id"],
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "citizen_notes",
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_citizen_notes_citizen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizen_notes")),
    )
    op.create_index(op.f("ix_citizen_notes_citizen_id"), "citizen_notes", ["citizen_id"])
    op.create_table(
        "citizen_merges",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by", sa.String(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.Column("moved", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["kept_id"], ["citizens.id"], name=op.f("fk_citizen_merges_kept_id")),
        sa.ForeignKeyConstraint(["gone_id"], ["citizens.id"], name=op.f("fk_citizen_merges_gone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizen_merges")),
    )
    op.create_index(
        "uq_citizen_merges_gone", "citizen_merges", ["gone_id"], unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )  # fmt: skip
    op.create_index("ix_citizen_merges_kept", "citizen_merges", ["kept_id", "sequence"])
    op.create_table(
        "captures",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("captured_by", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid()),
        sa.Column("reading_id", sa.Uuid()),
        sa.Column("added", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("channel IN ('walk_in', 'phone', 'web')", name=op.f("ck_captures_channel")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_captures_case_id")),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name=op.f("fk_captures_reading_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_captures")),
    )
    op.create_index(
        "ix_captures_case", "captures", ["case_id"], postgresql_where=sa.text("case_id IS NOT NULL")
    )
    op.create_check_constraint(op.f("ck_cases_channel"), "cases", f"channel IN ({listed(CASE_CHANNELS)})")
    op.alter_column("media", "message_id", nullable=True)
    op.create_check_constraint(
        op.f("ck_media_origin"), "media", "message_id IS NOT NULL OR case_id IS NOT NULL"
    )
    notices(*NOTICES, "captured")


def downgrade() -> None:
    op.execute("DELETE FROM notices WHERE kind = 'captured'")
    notices(*NOTICES)
    op.drop_constraint("ck_media_origin", "media")
    op.execute("DELETE FROM media WHERE message_id IS NULL")
    op.alter_column("media", "message_id", nullable=False)
    op.drop_constraint("ck_cases_channel", "cases")
    for table in ("captures", "citizen_merges", "citizen_notes"):
        op.drop_table(table)
    op.drop_index("ix_citizens_merged_into", "citizens")
    op.drop_index("ix_citizens_words", "citizens")
    op.drop_index("ix_citizens_name", "citizens")
    op.drop_column("citizens", "merged_into_id")


def notices(*names: str) -> None:
    """The kinds of notices."""
    op.drop_constraint("ck_notices_kind", "notices")
    op.create_check_constraint(op.f("ck_notices_kind"), "notices", f"kind IN ({listed(names)})")


def listed(names: tuple[str, ...]) -> str:
    """As SQL writes them."""
    return ", ".join(map(repr, names))
