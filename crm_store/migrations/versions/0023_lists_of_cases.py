"""Lists of cases: words found by index, filters with a name, cases that are the same as another."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"

_OPEN = sa.text("stage NOT IN ('resolved', 'closed')")
# It needs nothing but PostgreSQL itself, so that a dump can be read back in any order.
_FUNCTION = """
CREATE FUNCTION case_words(a varchar, b varchar, c varchar, d varchar, e varchar, f varchar)
RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT to_tsvector('simple', regexp_replace(
       coalesce(a, '') || ' ' || coalesce(b, '') || ' ' || coalesce(c, '') || ' ' ||
       coalesce(d, '') || ' ' || coalesce(e, '') || ' ' || coalesce(f, ''), '[^[:alnum:]]+', ' ', 'g')) $$;
"""
_MOVES = (
    "subject_type = 'case' AND kind IN ('opened', 'stage_changed', 'decided', 'escalated', 'referred',"
    " 'referral_accepted', 'referral_declined', 'ping_pong'{more})"
)
_KINDS = (
    "'assigned', 'started', 'delayed', 'referred', 'referred_out', 'waiting', 'resolved', 'decided',"
    " 'reopened', 'closed', 'incident_known', 'incident_over', 'follow_up', 'captured', 'reading_accepted',"
    " 'reading_corrected', 'reading_rejected', 'photo_refused', 'reminder'"
)
_CASE_WORDS = sa.text("case_words(description, reason, place, location_text, person, resolution)")


def upgrade() -> None:
    op.execute(_FUNCTION)
    op.add_column("cases", sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_cases_merged_into_id"), "cases", "cases", ["merged_into_id"], ["id"])
    op.create_index(
        "ix_cases_merged_into",
        "cases",
        ["merged_into_id"],
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
    # The order of a list is whole with the id: pages neither miss nor repeat a case.
    op.drop_index("ix_cases_opened", "cases")
    op.create_index("ix_cases_opened", "cases", ["opened_at", "id"])
    op.drop_index("ix_cases_open_due", "cases")
    op.create_index("ix_cases_open_due", "cases", ["due_at", "id"], postgresql_where=_OPEN)
    op.create_index(
        "ix_cases_open_due_of", "cases", ["municipality", "department", "due_at"], postgresql_where=_OPEN
    )
    op.create_index("ix_cases_open_assignee", "cases", ["assignee", "due_at"], postgresql_where=_OPEN)
    op.create_index("ix_cases_words", "cases", [_CASE_WORDS], postgresql_using="gin")
    _index_moves(", 'merged', 'split', 'undone'")
    op.drop_constraint(op.f("ck_notices_kind"), "notices")
    op.create_check_constraint(op.f("ck_notices_kind"), "notices", f"kind IN ({_KINDS}, 'merged')")
    op.create_table(
        "search_words",
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("keys", postgresql.ARRAY(sa.String()), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_words")),
    )
    op.create_index("ix_search_words_keys", "search_words", ["keys"], postgresql_using="gin")
    op.create_table(
        "saved_filters",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("asked", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_filters_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_filters_user_id_name")),
    )


def downgrade() -> None:
    op.drop_table("saved_filters")
    op.drop_table("search_words")
    for name in ("words", "open_assignee", "open_due_of", "open_due", "opened", "merged_into"):
        op.drop_index(f"ix_cases_{name}", "cases")
    _index_moves("")
    op.execute("DELETE FROM notices WHERE kind = 'merged'")
    op.drop_constraint(op.f("ck_notices_kind"), "notices")
    op.create_check_constraint(op.f("ck_notices_kind"), "notices", f"kind IN ({_KINDS})")
    op.create_index("ix_cases_open_due", "cases", ["due_at"], postgresql_where=_OPEN)
    op.create_index("ix_cases_opened", "cases", ["opened_at"])
    op.drop_constraint(op.f("fk_cases_merged_into_id"), "cases")
    op.drop_column("cases", "merged_into_id")
    op.execute("DROP FUNCTION case_words")


def _index_moves(more: str) -> None:
    op.drop_index("ix_events_case_moves", "events")
    op.create_index(
        "ix_events_case_moves", "events", ["at"], postgresql_where=sa.text(_MOVES.format(more=more))
    )
