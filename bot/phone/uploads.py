"""Files of the phone page: they wait here, as they would at a provider, until they are fetched once."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from crm_store.settings import settings

_NAME = re.compile(r"[0-9a-f]{32}")


def leave_upload(content: bytes) -> str:
    """Keep the file until it is fetched; returns by which name."""
    name = secrets.token_hex(16)
    folder = settings().data_dir / "phone"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / name).write_bytes(content)
    return name


def upload_named(name: str) -> Path | None:
    """Where the file waits; None when there is none of this name."""
    path = settings().data_dir / "phone" / name
    return path if _NAME.fullmatch(name) and path.is_file() else None
