"""What the desk changes of the municipalities' data lies over their file."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "region_changes",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("as_file", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["undoes"], ["region_changes.number"], name="fk_region_changes_undoes_region_changes"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_region_changes"),
    )
    op.create_index("ix_region_changes_way", "region_changes", ["way", "number"])


def downgrade() -> None:
    op.drop_index("ix_region_changes_way", "region_changes")
    op.drop_table("region_changes")
