"""Proofs of an account: the phone on file is looked up and no longer stored, an ID number can prove."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    check("used", "agent", "id_number")


def downgrade() -> None:
    check("used", "phone_on_file", "agent")


def check(*proofs: str) -> None:
    """Proofs are one of these; any other one becomes 'used', which proves nothing."""
    op.drop_constraint("ck_citizen_accounts_proof", "citizen_accounts")
    links = sa.table("citizen_accounts", sa.column("proof", sa.String()))
    op.execute(links.update().where(links.c.proof.not_in(proofs)).values(proof="used"))
    named = ", ".join(f"'{proof}'" for proof in proofs)
    op.create_check_constraint("ck_citizen_accounts_proof", "citizen_accounts", f"proof IN ({named})")
