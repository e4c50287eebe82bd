"""Cases split in two: which case one came from, and the word to the person about it."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_KINDS = (
    "'assigned', 'started', 'delayed', 'referred', 'referred_out', 'waiting', 'resolved', 'decided',"
    " 'reopened', 'closed', 'merged', 'incident_known', 'incident_over', 'follow_up', 'captured',"
    " 'reading_accepted', 'reading_corrected', 'reading_rejected', 'photo_refused', 'reminder'"
)


def upgrade() -> None:
    op.add_column("cases", sa.Column("divided_from_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_cases_divided_from_id"), "cases", "cases", ["divided_from_id"], ["id"])
    op.create_index(
        "ix_cases_divided_from",
        "cases",
        ["divided_from_id"],
        postgresql_where=sa.text("divided_from_id IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_notices_kind"), "notices")
    op.create_check_constraint(op.f("ck_notices_kind"), "notices", f"kind IN ({_KINDS}, 'divided')")


def downgrade() -> None:
    op.execute("DELETE FROM notices WHERE kind = 'divided'")
    op.drop_constraint(op.f("ck_notices_kind"), "notices")
    op.create_check_constraint(op.f("ck_notices_kind"), "notices", f"kind IN ({_KINDS})")
    op.drop_index("ix_cases_divided_from", "cases")
    op.drop_column("cases", "divided_from_id")
