"""Models of understanding: trained, compared, published, read along."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"

NOW = sa.text("now()")
OPEN = sa.text("state IN ('waiting', 'running')")


def upgrade() -> None:
    _models()
    _jobs()
    _shadows()
    op.create_index(
        "ix_messages_handled", "messages", ["handled_at"], postgresql_where=sa.text("direction = 'in'")
    )


def _models() -> None:
    op.create_table(
        "models",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("name", "frame", "data_version")),
        sa.Column("examples", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("trained_by", sa.String()),
        sa.Column("note", sa.String()),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("scores", JSONB(none_as_null=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.UniqueConstraint("name", name=op.f("uq_models_name")),
        sa.CheckConstraint("origin IN ('installed', 'trained')", name=op.f("ck_models_origin")),
    )
    op.create_table(
        "model_files",
        sa.Column("model_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["models.id"], name=op.f("fk_model_files_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_model_files")),
    )
    # It is compressed already.
    op.execute("ALTER TABLE model_files ALTER COLUMN content SET STORAGE EXTERNAL")
    op.create_table(
        "model_comparisons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.BigInteger(), nullable=False),
        sa.Column("published_id", sa.BigInteger()),
        sa.Column("figures", JSONB(none_as_null=True), nullable=False),
        sa.Column("fallen", JSONB(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["models.id"], name=op.f("fk_model_comparisons_candidate_id")
        ),
        sa.ForeignKeyConstraint(
            ["published_id"], ["models.id"], name=op.f("fk_model_comparisons_published_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_comparisons")),
    )
    op.create_index("ix_model_comparisons_candidate", "model_comparisons", ["candidate_id", "created_at"])
    op.create_table(
        "publications",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("model_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("override", sa.String()),
        sa.Column("comparison_id", sa.Uuid()),
        sa.Column("at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name=op.f("fk_publications_model_id")),
        sa.ForeignKeyConstraint(
            ["comparison_id"], ["model_comparisons.id"], name=op.f("fk_publications_comparison_id")
        ),
        sa.CheckConstraint(
            "kind IN ('installed', 'published', 'rolled_back')", name=op.f("ck_publications_kind")
        ),
    )
    op.create_table(
        "engine_replicas",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("model_name", sa.String(), nullable=False),
        sa.Column("publication_id", sa.BigInteger()),
        sa.Column("error", sa.String()),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_engine_replicas")),
    )


def _jobs() -> None:
    op.create_table(
        "training_jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("step", sa.String()),
        sa.Column("percent", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("note", sa.String()),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in ("started_at", "seen_at", "ended_at")),
        sa.Column("cancelled_by", sa.String()),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.String()),
        sa.Column("log", sa.String(), server_default="", nullable=False),
        sa.Column("model_id", sa.BigInteger()),
        sa.Column("comparison_id", sa.Uuid()),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name=op.f("fk_training_jobs_model_id")),
        sa.ForeignKeyConstraint(
            ["comparison_id"], ["model_comparisons.id"], name=op.f("fk_training_jobs_comparison_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_jobs")),
        sa.CheckConstraint("kind IN ('train', 'compare')", name=op.f("ck_training_jobs_kind")),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_training_jobs_state"),
        ),
    )
    op.create_index(
        "uq_training_jobs_open", "training_jobs", [sa.text("(true)")], unique=True, postgresql_where=OPEN
    )
    op.create_index("ix_training_jobs_asked", "training_jobs", ["asked_at"])


def _shadows() -> None:
    op.create_table(
        "shadows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("candidate_id", sa.BigInteger(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("stopped_by", sa.String()),
        sa.Column("stopped_at", sa.DateTime(timezone=True)),
        sa.Column("read_until", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["candidate_id"], ["models.id"], name=op.f("fk_shadows_candidate_id")),
    )
    op.create_index(
        "uq_shadows_running",
        "shadows",
        [sa.text("(true)")],
        unique=True,
        postgresql_where=sa.text("stopped_at IS NULL"),
    )
    op.create_table(
        "shadow_readings",
        sa.Column("shadow_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("published", JSONB(none_as_null=True), nullable=False),
        sa.Column("candidate", JSONB(none_as_null=True), nullable=False),
        sa.Column("agree", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["shadow_id"], ["shadows.id"], name=op.f("fk_shadow_readings_shadow_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_shadow_readings_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shadow_id", "message_id", name=op.f("pk_shadow_readings")),
    )
    op.create_index("ix_shadow_readings_message_id", "shadow_readings", ["message_id"])


def downgrade() -> None:
    op.drop_index("ix_messages_handled", "messages")
    for table in (
        *("shadow_readings", "shadows", "training_jobs", "engine_replicas"),
        *("publications", "model_comparisons", "model_files", "models"),
    ):
        op.drop_table(table)
