"""A meter may have several registers, each with its own dials, last reading and average: a row each."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

_METER = ["account_number", "meter_number"]


def upgrade() -> None:
    op.add_column("meters", sa.Column("register", sa.String(), nullable=False, server_default=sa.text("''")))
    op.drop_constraint(op.f("uq_meters_account_number_meter_number"), "meters")
    op.create_unique_constraint(
        op.f("uq_meters_account_number_meter_number_register"), "meters", [*_METER, "register"]
    )


def downgrade() -> None:
    """Only while no meter has registers: their readings have no place in one meter."""
    op.drop_constraint(op.f("uq_meters_account_number_meter_number_register"), "meters")
    op.create_unique_constraint(op.f("uq_meters_account_number_meter_number"), "meters", _METER)
    op.drop_column("meters", "register")
