"""The history lets one change through: taking out a person's words when they ask to be forgotten."""

from alembic import op

revision = "0002"
down_revision = "0001"

#: The fields of an event that can hold what a person said or is.
PERSONAL = (
    *("description", "location_text", "latitude", "longitude", "account_number", "meter_number", "reason"),
    *("person", "reading", "address", "name", "phone"),
)

STRIP = f"""
CREATE FUNCTION jsonb_strip_personal(fields jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT fields - ARRAY[{", ".join(f"'{field}'" for field in PERSONAL)}]
$$;
"""

GUARD = """
CREATE OR REPLACE FUNCTION refuse_change_of_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('phendula.erasing', true) = 'on' THEN
        -- Nothing but what a person said may go: who did what, and when, is never touched.
        IF (NEW.id, NEW.subject_type, NEW.subject_id, NEW.kind, NEW.actor, NEW.at)
            IS NOT DISTINCT FROM (OLD.id, OLD.subject_type, OLD.subject_id, OLD.kind, OLD.actor, OLD.at)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'events are append-only: % is refused', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END;
$$;
"""


def upgrade() -> None:
    op.execute(STRIP)
    op.execute(GUARD)


def downgrade() -> None:
    op.execute("DROP FUNCTION jsonb_strip_personal(jsonb)")
