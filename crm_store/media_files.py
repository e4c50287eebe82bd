"""The files of pictures, by the hash of their content; never served as they lie."""

import hashlib
import os
from pathlib import Path

from crm_store.settings import settings


def path_of(sha256: str) -> Path:
    """Where the file with this content lies."""
    return settings().data_dir / "media" / sha256[:2] / f"{sha256}.jpg"


def keep_file(content: bytes) -> str:
    """Write the content where its hash says, once, whole or not at all; returns the hash."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(sha256)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        partial.write_bytes(content)
        partial.chmod(0o600)
        partial.replace(path)
    return sha256


def drop_file(sha256: str) -> None:
    """Remove the file, if it is there."""
    path_of(sha256).unlink(missing_ok=True)
