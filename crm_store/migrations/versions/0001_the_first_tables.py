"""The first tables, the queue's own, and the guard that keeps the history append-only.

Revision: 0001, the first
"""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

EVENTS_GUARD = """
CREATE FUNCTION refuse_change_of_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only: % is refused', TG_OP;
END;
$$;
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_events();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events();
"""


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_number", sa.String(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("read_day", sa.Integer(), nullable=True),
        sa.Column("balance", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("closed_at", sa.Date(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("account_number", name=op.f("pk_accounts")),
    )
    op.create_index(
        "ix_accounts_phone",
        "accounts",
        ["phone"],
        unique=False,
        postgresql_where=sa.text("phone IS NOT NULL"),
    )
    op.create_table(
        "citizens",
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizens")),
    )
    op.create_table(
        "early_receipts",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("channel", "provider_id", name=op.f("pk_early_receipts")),
    )
    op.create_table(
        "engine_memory",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_engine_memory")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "subject_type IN ('case', 'conversation', 'reading', 'account', 'address')",
            name=op.f("ck_events_subject_type"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_subject", "events", ["subject_type", "subject_id", "id"], unique=False)
    op.create_table(
        "users",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_table(
        "addresses",
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notice_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "channel IN ('sms', 'whatsapp', 'telegram', 'web')", name=op.f("ck_addresses_channel")
        ),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_addresses_citizen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
        sa.UniqueConstraint("channel", "address", name=op.f("uq_addresses_channel_address")),
    )
    op.create_index("ix_addresses_address", "addresses", ["address"], unique=False)
    op.create_index(op.f("ix_addresses_citizen_id"), "addresses", ["citizen_id"], unique=False)
    op.create_table(
        "citizen_accounts",
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("account_number", sa.String(), nullable=False),
        sa.Column("proof", sa.String(), nullable=False),
        sa.Column(
            "last_used_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "proof IN ('used', 'phone_on_file', 'agent')", name=op.f("ck_citizen_accounts_proof")
        ),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_citizen_accounts_citizen_id")),
        sa.PrimaryKeyConstraint("citizen_id", "account_number", name=op.f("pk_citizen_accounts")),
    )
    op.create_index(
        "ix_citizen_accounts_account_number", "citizen_accounts", ["account_number"], unique=False
    )
    op.create_table(
        "meters",
        sa.Column("account_number", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("meter_number", sa.String(), nullable=False),
        sa.Column("dials", sa.Integer(), nullable=False),
        sa.Column("last_reading", sa.Integer(), nullable=True),
        sa.Column("last_reading_on", sa.Date(), nullable=True),
        sa.Column("average_per_month", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("removed_at", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("service IN ('water', 'electricity')", name=op.f("ck_meters_service")),
        sa.ForeignKeyConstraint(
            ["account_number"], ["accounts.account_number"], name=op.f("fk_meters_account_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meters")),
        sa.UniqueConstraint(
            "account_number", "meter_number", name=op.f("uq_meters_account_number_meter_number")
        ),
    )
    op.create_index("ix_meters_meter_number", "meters", ["meter_number"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("address_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), server_default="bot", nullable=False),
        sa.Column("agent", sa.String(), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_reason", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("language_asked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("asking", sa.String(), nullable=True),
        sa.Column(
            "choices", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("not_understood", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_case_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('bot', 'waiting', 'agent')", name=op.f("ck_conversations_state")),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_conversations_address_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("address_id", name=op.f("uq_conversations_address_id")),
    )
    op.create_index(
        "ix_conversations_waiting",
        "conversations",
        ["waiting_since"],
        unique=False,
        postgresql_where=sa.text("state <> 'bot'"),
    )
    op.create_table(
        "messages",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), server_default="text", nullable=False),
        sa.Column("body", sa.String(), server_default="", nullable=False),
        sa.Column("body_cut", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column(
            "media", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("opt_out_type", sa.String(), nullable=True),
        sa.Column("button_payload", sa.String(), nullable=True),
        sa.Column("response_key", sa.String(), nullable=True),
        sa.Column(
            "response_values",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "buttons", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("reply_to", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("always", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error_text", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=True),
        sa.Column("understanding", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delay_noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "channel IN ('sms', 'whatsapp', 'telegram', 'web')", name=op.f("ck_messages_channel")
        ),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_messages_direction")),
        sa.CheckConstraint("kind IN ('text', 'location', 'media', 'other')", name=op.f("ck_messages_kind")),
        sa.CheckConstraint(
            "status IN ('received', 'handled', 'stored', 'sending', 'sent', 'delivered', 'read', 'undelivered', 'failed', 'suppressed')",  # noqa: E501
            name=op.f("ck_messages_status"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id")
        ),
        sa.ForeignKeyConstraint(["reply_to"], ["messages.id"], name=op.f("fk_messages_reply_to")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index("ix_messages_conversation", "messages", ["conversation_id", "sequence"], unique=False)
    op.create_index(
        "ix_messages_undelivered",
        "messages",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("direction = 'out' AND status IN ('stored', 'sending')"),
    )
    op.create_index(
        "ix_messages_unhandled",
        "messages",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("direction = 'in' AND status = 'received'"),
    )
    op.create_index(
        "uq_messages_provider",
        "messages",
        ["channel", "provider_id"],
        unique=True,
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )
    op.create_index(
        "uq_messages_reply",
        "messages",
        ["reply_to", "position"],
        unique=True,
        postgresql_where=sa.text("reply_to IS NOT NULL"),
    )
    op.create_table(
        "cases",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("digits", sa.String(), nullable=False),
        sa.Column("class", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), server_default="normal", nullable=False),
        sa.Column("stage", sa.String(), server_default="new", nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("location_text", sa.String(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("referred_to", sa.String(), nullable=True),
        sa.Column("account_number", sa.String(), nullable=True),
        sa.Column("meter_number", sa.String(), nullable=True),
        sa.Column("disputed_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("reading", sa.String(), nullable=True),
        sa.Column("period", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("source_message_id", sa.Uuid(), nullable=True),
        sa.Column("source_ordinal", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_response_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "class IN ('complaint', 'query', 'dispute', 'compliment')", name=op.f("ck_cases_class")
        ),
        sa.CheckConstraint("priority IN ('emergency', 'high', 'normal')", name=op.f("ck_cases_priority")),
        sa.CheckConstraint(
            "stage IN ('new', 'assigned', 'in_progress', 'waiting_for_citizen', 'referred', 'resolved', 'closed', 'reopened')",  # noqa: E501
            name=op.f("ck_cases_stage"),
        ),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_cases_citizen_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_cases_conversation_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_message_id"], ["messages.id"], name=op.f("fk_cases_source_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("digits", name=op.f("uq_cases_digits")),
        sa.UniqueConstraint("reference", name=op.f("uq_cases_reference")),
        sa.UniqueConstraint(
            "source_message_id", "source_ordinal", name=op.f("uq_cases_source_message_id_source_ordinal")
        ),
    )
    op.create_index(
        "ix_cases_account",
        "cases",
        ["account_number"],
        unique=False,
        postgresql_where=sa.text("account_number IS NOT NULL"),
    )
    op.create_index("ix_cases_citizen", "cases", ["citizen_id", "opened_at"], unique=False)
    op.create_index(op.f("ix_cases_conversation_id"), "cases", ["conversation_id"], unique=False)
    op.create_index("ix_cases_municipality", "cases", ["municipality", "opened_at"], unique=False)
    op.create_index(
        "ix_cases_open_due",
        "cases",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("stage NOT IN ('resolved', 'closed')"),
    )
    op.create_index("ix_cases_opened", "cases", ["opened_at"], unique=False)
    op.create_table(
        "readings",
        sa.Column("meter_id", sa.Uuid(), nullable=False),
        sa.Column("account_number", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("digits", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column(
            "flags", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("source_message_id", sa.Uuid(), nullable=True),
        sa.Column("source_ordinal", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('accepted', 'flagged', 'superseded')", name=op.f("ck_readings_state")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_readings_citizen_id")),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name=op.f("fk_readings_meter_id")),
        sa.ForeignKeyConstraint(["replaced_by"], ["readings.id"], name=op.f("fk_readings_replaced_by")),
        sa.ForeignKeyConstraint(
            ["source_message_id"], ["messages.id"], name=op.f("fk_readings_source_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings")),
        sa.UniqueConstraint(
            "source_message_id", "source_ordinal", name=op.f("uq_readings_source_message_id_source_ordinal")
        ),
    )
    op.create_index("ix_readings_meter", "readings", ["meter_id", "taken_at"], unique=False)
    op.create_index(
        "ix_readings_unexported",
        "readings",
        ["taken_at"],
        unique=False,
        postgresql_where=sa.text("exported_at IS NULL AND state <> 'superseded'"),
    )
    op.create_index(
        "uq_readings_current_of_day",
        "readings",
        ["meter_id", "taken_on"],
        unique=True,
        postgresql_where=sa.text("state <> 'superseded'"),
    )
    # conversations and cases point at each other; this side is added when both exist
    op.create_foreign_key(
        op.f("fk_conversations_last_case_id"), "conversations", "cases", ["last_case_id"], ["id"]
    )
    run_sql(EVENTS_GUARD)
    # The queue's schema; what a later Procrastinate changes in it becomes a migration of ours (a test tells).
    run_sql(SchemaManager.get_schema())


def run_sql(script: str) -> None:
    """Run a script of several statements as it stands: '%' and ':' in it are no parameters."""
    connection = op.get_bind().connection.driver_connection
    connection.execute(script)  # type: ignore[union-attr]
