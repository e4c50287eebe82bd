"""The region as the rest of the product imports it: the model, and the reading of its file.

The model is in `region`, the reading in `region_file`, the checks across fields in `region_faults`.
"""

from crm_store.domain.region import (
    CaseClass,
    Department,
    EmergencyNumber,
    External,
    Language,
    Municipality,
    Name,
    Place,
    ReadingRules,
    Region,
    Service,
    ServiceLevel,
)
from crm_store.domain.region_file import ConfigError, Fault, load_region

__all__ = [
    "CaseClass",
    "ConfigError",
    "Department",
    "EmergencyNumber",
    "External",
    "Fault",
    "Language",
    "Municipality",
    "Name",
    "Place",
    "ReadingRules",
    "Region",
    "Service",
    "ServiceLevel",
    "load_region",
]
