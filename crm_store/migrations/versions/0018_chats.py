"""Chats with staff: whose they are, since when somebody waits, notes, duty, and answers that are ready."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

#: Title, English, isiZulu: what a desk says most. They are changed at the desk from then on.
ANSWERS = (
    (
        "Greeting",
        "Good day, this is {agent} of {department}. I have read what you wrote. How can I help you?",
        "Sawubona, igama lami ngu-{agent}. Ngikufundile okubhalile. Ngingakusiza ngani?",
    ),
    (
        "One moment",
        "Please give me a few minutes, I am looking into it.",
        "Sicela ungiphe imizuzu embalwa, ngisabheka.",
    ),
    (
        "Where is it?",
        "Where is it, please? The area and a street or something near it, e.g. a school.",
        "Sicela usitshele ukuthi kukuphi? Indawo nomgwaqo noma okuseduze, njengesikole.",
    ),
    (
        "Account number",
        "What is your account number? It stands at the top of your bill.",
        "Ithini inombolo ye-akhawunti yakho? Isesiqongweni sesitatimende sakho.",
    ),
    (
        "Your case",
        "Your case is {reference}. We answer by {due}. Send STATUS to ask about it.",
        "Inombolo yodaba lwakho ithi {reference}. Sizophendula ngaphambi kuka-{due}. Ukubuza: ISIMO.",
    ),
    (
        "Passed on",
        "I have passed this on: {department}. The reference is {reference}.",
        "Udaba lwakho ({reference}) sengiludlulisele kulo mnyango: {department}.",
    ),
    (
        "Sorry",
        "I am sorry about this. I understand that it has been hard for you.",
        "Ngiyaxolisa ngalokhu. Ngiyezwa ukuthi bekunzima kuwe.",
    ),
    (
        "Anything else?",
        "Is there anything else that I can help you with?",
        "Ingabe kukhona okunye engingakusiza ngakho?",
    ),
    (
        "Goodbye",
        "Thank you for writing to us. Go well.",
        "Siyabonga ngokusibhalela. Uhambe kahle.",
    ),
)


def upgrade() -> None:
    for column in (
        sa.Column("waiting_first", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("waiting_told_at", sa.DateTime(timezone=True)),
        sa.Column("municipality", sa.String()),
        sa.Column("department", sa.String()),
        sa.Column("agent_spoke_at", sa.DateTime(timezone=True)),
        sa.Column("citizen_waits_since", sa.DateTime(timezone=True)),
    ):
        op.add_column("conversations", column)
    op.create_table(
        "chat_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_chat_notes_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_notes")),
    )
    op.create_index("ix_chat_notes_conversation", "chat_notes", ["conversation_id", "created_at"])
    op.create_table(
        "duties",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("available_since", sa.DateTime(timezone=True)),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_duties")),
    )
    answers = op.create_table(
        "canned_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), nullable=False),
        sa.Column("text_zu", sa.String(), nullable=False),
        sa.Column("municipality", sa.String()),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_answers")),
    )
    op.create_index(
        "uq_canned_answers_title",
        "canned_answers",
        ["title", "municipality"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.bulk_insert(
        answers,
        [
            {"id": uuid.uuid4(), "title": title, "text_en": english, "text_zu": isizulu, "position": position}
            for position, (title, english, isizulu) in enumerate(ANSWERS, start=1)
        ],
    )


def downgrade() -> None:
    op.drop_table("canned_answers")
    op.drop_table("duties")
    op.drop_table("chat_notes")
    for column in ("citizen_waits_since", "agent_spoke_at", "department", "municipality"):
        op.drop_column("conversations", column)
    for column in ("waiting_told_at", "waiting_first"):
        op.drop_column("conversations", column)
