"""The region that this installation serves, as its municipality file says."""

from pathlib import Path

from crm_store.domain.region import Region
from crm_store.domain.region_file import load_region
from crm_store.settings import SettingsError, settings


def read_region(path: Path) -> Region:
    """The region of the file; raises ConfigError, or SettingsError when the file cannot be read."""
    try:
        return load_region(path)
    except OSError as error:
        raise SettingsError(
            f"PHENDULA_MUNICIPALITIES: {path} cannot be read ({error.strerror}); name one of municipalities/"
        ) from None


def own_region() -> Region:
    """The region of PHENDULA_MUNICIPALITIES."""
    return read_region(settings().municipalities)
