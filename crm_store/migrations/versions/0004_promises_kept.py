"""Clocks that pause, escalation, referral, holds on disputed amounts, confidential and anonymous cases."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

#: The fields of an event that can hold what a person said or is: those of 0002 and the new ones.
PERSONAL = (
    *("description", "location_text", "latitude", "longitude", "account_number", "meter_number", "reason"),
    *("person", "reading", "address", "name", "phone", "question", "resolution", "outcome_reason"),
)
STRIP = f"""
CREATE OR REPLACE FUNCTION jsonb_strip_personal(fields jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT fields - ARRAY[{", ".join(f"'{field}'" for field in PERSONAL)}]
$$;
"""

#: Of each an index over the rows that have a value.
SWEPT = {
    "ix_cases_next_step": "next_step_at",
    "ix_cases_delay_notice": "delay_notice_at",
    "ix_cases_follow_up": "follow_up_on",
    "ix_cases_incident": "incident_id",
}


def case_columns() -> tuple[sa.Column[Any], ...]:
    """The new columns of a case."""
    return (
        sa.Column("clock", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalation_step", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_step_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delay_notice_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assignee", sa.String(), nullable=True),
        sa.Column("question", sa.String(), nullable=True),
        sa.Column("referral_state", sa.String(), nullable=True),
        sa.Column("referral_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("referred_by", sa.String(), nullable=True),
        sa.Column("referred_from", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("resolution", sa.String(), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("outcome_reason", sa.String(), nullable=True),
        sa.Column("outcome_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("confidential", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("anonymous", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
    )


def upgrade() -> None:
    for column in case_columns():
        op.add_column("cases", column)
    op.create_check_constraint(
        op.f("ck_cases_referral_state"), "cases", "referral_state IN ('offered', 'accepted', 'declined')"
    )
    op.create_check_constraint(
        op.f("ck_cases_outcome"), "cases", "outcome IN ('upheld', 'partly', 'rejected')"
    )
    for name, swept in SWEPT.items():
        op.create_index(name, "cases", [swept], postgresql_where=sa.text(f"{swept} IS NOT NULL"))
    op.create_table(
        "case_pauses",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("why IN ('waiting', 'resolved')", name=op.f("ck_case_pauses_why")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_pauses_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_pauses")),
    )
    op.create_index("ix_case_pauses_case", "case_pauses", ["case_id", "paused_at"])
    op.create_index(
        "uq_case_pauses_open",
        "case_pauses",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("resumed_at IS NULL"),
    )
    op.create_table(
        "holds",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("account_number", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("period", sa.String(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('upheld', 'partly', 'rejected', 'withdrawn', 'changed')",
            name=op.f("ck_holds_outcome"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_holds_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_account", "holds", ["account_number"])
    op.create_index("ix_holds_placed", "holds", ["placed_at"])
    op.create_index(
        "uq_holds_standing", "holds", ["case_id"], unique=True, postgresql_where=sa.text("lifted_at IS NULL")
    )
    op.create_table(
        "staff_notices",
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("subject", sa.String(), server_default="", nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("to_role", sa.String(), server_default="", nullable=False),
        sa.Column("to_user", sa.String(), server_default="", nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column(
            "data", postgresql.JSONB(none_as_null=True), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("channel IN ('desk', 'email', 'sms')", name=op.f("ck_staff_notices_channel")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_staff_notices_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_notices")),
        sa.UniqueConstraint(
            *("case_id", "kind", "step", "subject", "channel", "to_role", "to_user"),
            name="uq_staff_notices_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        "ix_staff_notices_desk",
        "staff_notices",
        ["municipality", "to_role", "created_at"],
        postgresql_where=sa.text("channel = 'desk' AND read_at IS NULL"),
    )
    op.create_index(
        "ix_staff_notices_unsent",
        "staff_notices",
        ["created_at"],
        postgresql_where=sa.text("channel <> 'desk' AND sent_at IS NULL AND error IS NULL"),
    )
    op.create_index(
        "ix_staff_notices_user",
        "staff_notices",
        ["to_user", "created_at"],
        postgresql_where=sa.text("to_user <> ''"),
    )
    op.add_column(
        "messages", sa.Column("sealed", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    for field in ("municipality", "department", "email", "phone"):
        op.add_column("users", sa.Column(field, sa.String(), nullable=True))
    op.execute(STRIP)


def downgrade() -> None:
    for field in ("phone", "email", "department", "municipality"):
        op.drop_column("users", field)
    op.drop_column("messages", "sealed")
    for table in ("staff_notices", "holds", "case_pauses"):
        op.drop_table(table)
    for column in reversed(case_columns()):
        op.drop_column("cases", column.name)
