"""A citizen's own readings of a day are found by index: what a correction without an account means."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_readings_citizen", "readings", ["citizen_id", "taken_on"])


def downgrade() -> None:
    op.drop_index("ix_readings_citizen", "readings")
