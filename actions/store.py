"""The way from actions to the case store: one transaction a deed, and the municipality's data."""

from __future__ import annotations

from functools import cache

from crm_store.database import transaction
from crm_store.domain.knowledge import Knowledge
from crm_store.domain.municipality import load_region
from crm_store.domain.places import Gazetteer
from crm_store.domain.region import Region
from crm_store.queries.case_values import case_values
from crm_store.settings import settings

__all__ = ["case_values", "gazetteer", "knowledge", "region", "transaction"]


@cache
def region() -> Region:
    """The municipalities served, from the file that PHENDULA_MUNICIPALITIES names."""
    return load_region(settings().municipalities)


@cache
def gazetteer() -> Gazetteer:
    """Its places."""
    return Gazetteer(region())


@cache
def knowledge() -> Knowledge:
    """The questions that are answered at once."""
    return Knowledge.of(region())
