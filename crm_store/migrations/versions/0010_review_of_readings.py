"""Readings are reviewed, and people are told of what is no case: notices to a conversation."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

OF_CASES = (
    *("assigned", "started", "delayed", "referred", "referred_out", "waiting", "resolved", "decided"),
    *("reopened", "closed", "incident_known", "incident_over", "follow_up"),
)
OF_ACCOUNTS = ("reading_accepted", "reading_corrected", "reading_rejected", "photo_refused", "reminder")
CURRENT = "state IN ('accepted', 'flagged')"


def upgrade() -> None:
    op.add_column("readings", sa.Column("reviewed_at", sa.DateTime(timezone=True)))
    op.add_column("readings", sa.Column("reviewed_by", sa.String()))
    op.add_column("readings", sa.Column("review_note", sa.String()))
    states("accepted", "flagged", "superseded", "rejected")
    indexes(CURRENT)
    op.create_index(
        "ix_readings_flagged", "readings", ["taken_at"], postgresql_where=sa.text("state = 'flagged'")
    )
    op.alter_column("notices", "case_id", nullable=True)
    op.add_column("notices", sa.Column("conversation_id", sa.Uuid()))
    op.create_foreign_key(
        op.f("fk_notices_conversation_id"), "notices", "conversations", ["conversation_id"], ["id"]
    )
    op.create_index(
        "ix_notices_conversation_id", "notices", ["conversation_id"],
        postgresql_where=sa.text("conversation_id IS NOT NULL"),
    )  # fmt: skip
    op.create_check_constraint(
        op.f("ck_notices_about"), "notices", "(case_id IS NULL) <> (conversation_id IS NULL)"
    )
    kinds(*OF_CASES, *OF_ACCOUNTS)


def downgrade() -> None:
    op.execute("DELETE FROM notices WHERE case_id IS NULL")
    kinds(*OF_CASES)
    op.drop_constraint("ck_notices_about", "notices")
    op.drop_column("notices", "conversation_id")
    op.alter_column("notices", "case_id", nullable=False)
    op.drop_index("ix_readings_flagged", "readings")
    op.execute("UPDATE readings SET state = 'superseded' WHERE state = 'rejected'")
    indexes("state <> 'superseded'")
    states("accepted", "flagged", "superseded")
    for name in ("reviewed_at", "reviewed_by", "review_note"):
        op.drop_column("readings", name)


def states(*names: str) -> None:
    """The states of a reading."""
    op.drop_constraint("ck_readings_state", "readings")
    op.create_check_constraint(op.f("ck_readings_state"), "readings", f"state IN ({listed(names)})")


def kinds(*names: str) -> None:
    """The kinds of notices."""
    op.drop_constraint("ck_notices_kind", "notices")
    op.create_check_constraint(op.f("ck_notices_kind"), "notices", f"kind IN ({listed(names)})")


def indexes(current: str) -> None:
    """One current reading of a meter a day; those not handed over."""
    op.drop_index("uq_readings_current_of_day", "readings")
    op.create_index(
        "uq_readings_current_of_day", "readings", ["meter_id", "taken_on"], unique=True,
        postgresql_where=sa.text(current),
    )  # fmt: skip
    op.drop_index("ix_readings_unexported", "readings")
    op.create_index(
        "ix_readings_unexported", "readings", ["taken_at"],
        postgresql_where=sa.text(f"exported_at IS NULL AND {current}"),
    )  # fmt: skip


def listed(names: tuple[str, ...]) -> str:
    """As SQL writes them."""
    return ", ".join(map(repr, names))
