"""The files that people and staff sent, by the hash of their content; never served as they lie."""

import hashlib
import os
from pathlib import Path

from crm_store.attachments import SUFFIXES
from crm_store.pictures import CONTENT_TYPE
from crm_store.settings import settings


def path_of(sha256: str, content_type: str | None = CONTENT_TYPE) -> Path:
    """Where the file with this content lies."""
    suffix = SUFFIXES[content_type or CONTENT_TYPE]
    return settings().data_dir / "media" / sha256[:2] / f"{sha256}{suffix}"


def keep_file(content: bytes, content_type: str = CONTENT_TYPE) -> str:
    """Write the content where its hash says, once, whole or not at all; returns the hash."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(sha256, content_type)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        partial.write_bytes(content)
        partial.chmod(0o600)
        partial.replace(path)
    return sha256


def drop_file(sha256: str, content_type: str | None) -> None:
    """Remove the file, if it is there."""
    path_of(sha256, content_type).unlink(missing_ok=True)
