"""Praise, shared with the team it is for: a line on its department's desk, an e-mail where there is one."""

from datetime import datetime

from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.services.staff_notices import for_role, tell_staff
from crm_store.tables import Case


def share_compliment(session: Session, region: Region, case: Case, now: datetime) -> None:
    """Tell the department's supervisor of the praise, once, so that it reaches the team and who is named."""
    data = {"praised": case.person}
    tell_staff(session, region, [for_role(region, case, "compliment", "supervisor", data=data)], now)
