"""The way from actions to the case store: one transaction a deed, and the municipality's data."""

from __future__ import annotations

from crm_store.database import transaction
from crm_store.domain.knowledge import Knowledge
from crm_store.domain.places import Gazetteer
from crm_store.queries.case_values import case_values
from crm_store.region import of_region, region

__all__ = ["case_values", "gazetteer", "knowledge", "region", "transaction"]

#: Its places.
gazetteer = of_region(Gazetteer)

#: The questions that are answered at once.
knowledge = of_region(Knowledge.of)
