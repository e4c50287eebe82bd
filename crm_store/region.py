"""The municipalities served, read once a process."""

from functools import cache

from crm_store.domain.municipality import Region, load_region
from crm_store.settings import settings


@cache
def region() -> Region:
    """The region of PHENDULA_MUNICIPALITIES."""
    return load_region(settings().municipalities)
