"""What moved cases is found by time: the report of a month does not read the whole history."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_MOVES = (
    "subject_type = 'case' AND kind IN ('opened', 'stage_changed', 'decided', 'escalated', 'referred',"
    " 'referral_accepted', 'referral_declined', 'ping_pong')"
)


def upgrade() -> None:
    op.create_index("ix_events_case_moves", "events", ["at"], postgresql_where=sa.text(_MOVES))


def downgrade() -> None:
    op.drop_index("ix_events_case_moves", "events")
