"""The trainer's inbox and the changes of the examples."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"

_MOMENT = sa.DateTime(timezone=True)
_JSON = JSONB(none_as_null=True)


def upgrade() -> None:
    op.create_table(
        "training_groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), server_default="open", nullable=False),
        sa.Column("worth", sa.Float(), nullable=False),
        sa.Column("drawn", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("second_wanted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("leased_by", sa.String()),
        sa.Column("leased_until", _MOMENT),
        sa.Column("created_at", _MOMENT, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'decided')", name=op.f("ck_training_groups_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_groups")),
    )
    op.create_index(
        "ix_training_groups_open", "training_groups", ["worth"], postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(
        "ix_training_groups_second", "training_groups", ["id"], postgresql_where=sa.text("second_wanted")
    )
    op.create_table(
        "training_items",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("worth", sa.Float(), nullable=False),
        sa.Column("reasons", _JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("drawn_rate", sa.Float()),
        sa.Column("said_class", sa.String(), nullable=False),
        sa.Column("said_category", sa.String()),
        sa.Column("said_language", sa.String()),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["training_groups.id"], name=op.f("fk_training_items_group_id")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_training_items_message_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_training_items")),
    )
    op.create_index("ix_training_items_group_id", "training_items", ["group_id"])
    op.create_index("ix_training_items_received", "training_items", ["received_at"])
    op.create_table(
        "training_labels",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("trainer", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("class", sa.String()),
        sa.Column("category", sa.String()),
        sa.Column("language", sa.String()),
        sa.Column("text", sa.String()),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("undone_at", _MOMENT),
        sa.CheckConstraint(
            "decision IN ('accepted', 'corrected', 'skipped', 'unfit')",
            name=op.f("ck_training_labels_decision"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["training_groups.id"], name=op.f("fk_training_labels_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_labels")),
    )
    op.create_index(
        "uq_training_labels_standing",
        "training_labels",
        ["group_id", "trainer"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_index("ix_training_labels_trainer", "training_labels", ["trainer", "made_at"])
    op.create_index("ix_training_labels_made", "training_labels", ["made_at"])
    op.create_table(
        "example_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("before", _JSON),
        sa.Column("after", _JSON),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("made_at", _MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("group_id", sa.Uuid()),
        sa.Column("undone_at", _MOMENT),
        sa.Column("written_at", _MOMENT),
        sa.ForeignKeyConstraint(
            ["group_id"], ["training_groups.id"], name=op.f("fk_example_changes_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_example_changes")),
    )
    op.create_index("ix_example_changes_group_id", "example_changes", ["group_id"])
    op.create_index(
        "ix_example_changes_pending",
        "example_changes",
        ["id"],
        postgresql_where=sa.text("undone_at IS NULL AND written_at IS NULL"),
    )
    op.create_table(
        "training_marks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("event_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_training_marks")),
    )


def downgrade() -> None:
    for name in ("training_marks", "example_changes", "training_labels", "training_items", "training_groups"):
        op.drop_table(name)
