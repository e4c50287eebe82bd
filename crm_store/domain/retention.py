"""How long the files are kept that people and staff sent.

POPIA section 14: no longer than what they were sent for needs. A matter needs them while it is open; then
they prove what was owed and done for as long as a claim can be made (Prescription Act 68 of 1969, section
11(d): three years, which is what PHENDULA_ATTACHMENT_DAYS says unless it is set).
"""

from datetime import datetime, timedelta


def kept_until(came_at: datetime, closed_at: datetime | None, days: int, *, of_case: bool) -> datetime | None:
    """When a file is deleted: so many days after it came, or after its case was closed; None: it is open.

    `closed_at`: of the case that it belongs to; of a merged one, of the case that was kept.
    """
    if of_case and closed_at is None:
        return None
    return max(came_at, closed_at or came_at) + timedelta(days=days)
