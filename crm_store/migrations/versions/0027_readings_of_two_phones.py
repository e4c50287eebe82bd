"""Whose reading of the day another phone's replaced is told."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

_KINDS = (
    "'assigned', 'started', 'delayed', 'referred', 'referred_out', 'waiting', 'resolved', 'decided',"
    " 'reopened', 'closed', 'merged', 'incident_known', 'incident_over', 'follow_up', 'captured',"
    " 'reading_accepted', 'reading_corrected', 'reading_rejected', 'photo_refused', 'reminder', 'divided'"
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_notices_kind"), "notices")
    op.create_check_constraint(
        op.f("ck_notices_kind"), "notices", sa.text(f"kind IN ({_KINDS}, 'reading_replaced')")
    )


def downgrade() -> None:
    op.execute("DELETE FROM notices WHERE kind = 'reading_replaced'")
    op.drop_constraint(op.f("ck_notices_kind"), "notices")
    op.create_check_constraint(op.f("ck_notices_kind"), "notices", sa.text(f"kind IN ({_KINDS})"))
