"""The municipalities served, read once a process."""

from crm_store.region import region

__all__ = ["region"]
