"""Users who sign in to the desk: role, scope, second factor; their sessions; who viewed and changed what."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

_ROLES = (
    "role IN ('agent', 'supervisor', 'manager', 'municipal_manager', 'trainer', 'billing', 'councillor',"
    " 'administrator')"
)
_BEFORE = "subject_type IN ('case', 'conversation', 'reading', 'account', 'address', 'incident')"
_SUBJECTS = (
    "subject_type IN ('case', 'conversation', 'reading', 'account', 'address', 'incident', 'citizen', 'user',"
    " 'setting', 'text', 'example', 'model')"
)


def upgrade() -> None:
    columns: tuple[sa.Column[Any], ...] = (
        sa.Column(
            "wards", postgresql.JSONB(none_as_null=True), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("language", sa.String(), server_default="en", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("totp_secret", sa.String(), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=True),
        sa.Column(
            "recovery_hashes",
            postgresql.JSONB(none_as_null=True),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("last_signed_in_at", sa.DateTime(timezone=True), nullable=True),
    )
    for column in columns:
        op.add_column("users", column)
    op.create_unique_constraint("uq_users_external_id", "users", ["external_id"])
    op.create_index(
        "uq_users_email",
        "users",
        [sa.text("lower(email)")],
        unique=True,
        postgresql_where=sa.text("email IS NOT NULL"),
    )
    op.create_check_constraint(op.f("ck_users_role"), "users", _ROLES)
    op.create_check_constraint(op.f("ck_users_language"), "users", "language IN ('en', 'zu')")
    op.create_table(
        "desk_sessions",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.Column("code_wanted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("flash", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("totp_offered", sa.String(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_desk_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_desk_sessions_digest")),
    )
    op.create_index("ix_desk_sessions_user_id", "desk_sessions", ["user_id"])
    op.create_table(
        "sign_in_failures",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    op.create_index("ix_sign_in_failures_username", "sign_in_failures", ["username", "at"])
    op.create_index("ix_sign_in_failures_address", "sign_in_failures", ["address", "at"])
    op.create_index("ix_sign_in_failures_at", "sign_in_failures", ["at"])
    _subjects(_SUBJECTS)
    op.create_index(
        "ix_events_by_staff",
        "events",
        ["actor", "id"],
        postgresql_where=sa.text("actor LIKE 'agent:%'"),
    )


def downgrade() -> None:
    op.drop_index("ix_events_by_staff", "events")
    _subjects(_BEFORE)
    op.drop_table("sign_in_failures")
    op.drop_table("desk_sessions")
    op.drop_constraint("ck_users_language", "users")
    op.drop_constraint("ck_users_role", "users")
    op.drop_index("uq_users_email", "users")
    op.drop_constraint("uq_users_external_id", "users")
    for name in (
        *("wards", "language", "active", "must_change_password", "totp_secret", "totp_step"),
        *("recovery_hashes", "external_id", "last_signed_in_at"),
    ):
        op.drop_column("users", name)


def _subjects(condition: str) -> None:
    # Revision 0007 left it under a name with two prefixes.
    for name in ("ck_events_ck_events_subject_type", "ck_events_subject_type"):
        op.execute(f"ALTER TABLE events DROP CONSTRAINT IF EXISTS {name}")
    op.create_check_constraint(op.f("ck_events_subject_type"), "events", condition)
