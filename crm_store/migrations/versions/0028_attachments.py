"""Recordings, films and PDFs are kept, too; only pictures wait for somebody to read a meter off them."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

_OF_NOTHING = "state = 'stored'{} AND reading_id IS NULL AND case_id IS NULL"
_KINDS = (
    "'assigned', 'started', 'delayed', 'referred', 'referred_out', 'waiting', 'resolved', 'decided',"
    " 'reopened', 'closed', 'merged', 'incident_known', 'incident_over', 'follow_up', 'captured', 'divided',"
    " 'reading_accepted', 'reading_corrected', 'reading_rejected', 'photo_refused', 'reminder',"
    " 'reading_replaced'"
)


def upgrade() -> None:
    op.add_column("media", sa.Column("name", sa.String(), nullable=True))
    _index(" AND content_type = 'image/jpeg'")
    _allow(f"{_KINDS}, 'file_refused'")


def downgrade() -> None:
    op.execute("DELETE FROM notices WHERE kind = 'file_refused'")
    _allow(_KINDS)
    _index("")
    op.drop_column("media", "name")


def _index(more: str) -> None:
    op.drop_index("ix_media_of_nothing", "media")
    op.create_index(
        "ix_media_of_nothing", "media", ["created_at"], postgresql_where=sa.text(_OF_NOTHING.format(more))
    )


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_notices_kind"), "notices")
    op.create_check_constraint(op.f("ck_notices_kind"), "notices", f"kind IN ({kinds})")
