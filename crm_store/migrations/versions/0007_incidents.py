"""Incidents, planned work and early warnings; a case may belong to an incident."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

SUBJECTS = ("case", "conversation", "reading", "account", "address")


def upgrade() -> None:
    op.create_table(
        "incidents",
        sa.Column("number", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("ward", sa.String(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("title", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected_end_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_report_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=True),
        sa.Column("overdue_noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('outage', 'planned')", name=op.f("ck_incidents_kind")),
        sa.CheckConstraint(
            "state IN ('suggested', 'open', 'over', 'dismissed')", name=op.f("ck_incidents_state")
        ),
        sa.CheckConstraint("source IN ('reports', 'staff', 'file')", name=op.f("ck_incidents_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("number", name=op.f("uq_incidents_number")),
        sa.UniqueConstraint("source_key", name=op.f("uq_incidents_source_key")),
    )
    op.create_index(
        "ix_incidents_current",
        "incidents",
        ["category", "municipality"],
        postgresql_where=sa.text("state IN ('suggested', 'open')"),
    )
    op.create_index("ix_incidents_started", "incidents", ["started_at"])
    op.create_table(
        "warnings",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("observed", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Float(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("window_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("level IN ('place', 'ward', 'municipality')", name=op.f("ck_warnings_level")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warnings")),
        sa.UniqueConstraint(
            "level", "area", "category", "day", name=op.f("uq_warnings_level_area_category_day")
        ),
    )
    op.create_index("ix_warnings_day", "warnings", ["day"])
    op.create_foreign_key(op.f("fk_cases_incident_id"), "cases", "incidents", ["incident_id"], ["id"])
    _allow_subjects(*SUBJECTS, "incident")


def downgrade() -> None:
    _allow_subjects(*SUBJECTS)
    op.drop_constraint("fk_cases_incident_id", "cases", type_="foreignkey")
    op.drop_table("warnings")
    op.drop_table("incidents")


def _allow_subjects(*subjects: str) -> None:
    op.drop_constraint("ck_events_subject_type", "events")
    names = ", ".join(map(repr, subjects))
    op.create_check_constraint("ck_events_subject_type", "events", f"subject_type IN ({names})")
