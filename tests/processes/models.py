"""Models of a running product, put there without a training."""

import httpx

from tests.processes.running import RunningSystem


def a_twin(system: RunningSystem) -> int:
    """The number of a second model that understands what the first one does."""
    (row,) = system.rows(
        "INSERT INTO models (name, frame, data_version, examples, origin, size, sha256)"
        " SELECT 'phendula-20990101000000-twin.tar.gz', frame, data_version, examples, 'trained', size,"
        " sha256 FROM models ORDER BY id LIMIT 1 RETURNING id"
    )
    system.rows(
        "INSERT INTO model_files SELECT %s, content FROM model_files ORDER BY model_id LIMIT 1"
        " RETURNING model_id",
        row["id"],
    )
    return int(row["id"])


def put_into_service(system: RunningSystem, number: int) -> None:
    """Published, without having been measured."""
    system.rows(
        "INSERT INTO publications (model_id, kind, actor, reason) VALUES (%s, 'published', 'test', 'x')"
        " RETURNING id",
        number,
    )


def served(engine: str) -> str:
    """The file that the engine at this address serves."""
    return str(httpx.get(f"{engine}/status", timeout=10, trust_env=False).json()["model_file"])


def name_of(system: RunningSystem, number: int) -> str:
    """The model's file name."""
    return str(system.rows("SELECT name FROM models WHERE id = %s", number)[0]["name"])
