"""Every setting is documented, every documented one exists, and the example file is whole."""

import ast
import re

from crm_store.settings import Settings
from tests.house.source import PACKAGES, ROOT, modules

SETTINGS = {field.alias for field in Settings.model_fields.values()}

#: Read outside of Settings: by the engine, which shares no code with us, or by the containers only.
ELSEWHERE = {
    "FORWARDED_ALLOW_IPS",
    "ENGINE_HOST",
    "ACTIONS_URL",
    "SANIC_HOST",
    "POSTGRES_PASSWORD",
    "PUBLIC_HOST",
    "PROMETHEUS_MULTIPROC_DIR",
}

#: Other programs' variables that we set for them.
FOREIGN = {
    "RASA_TELEMETRY_ENABLED",
    "RASA_MAX_CACHE_SIZE",
    "SQLALCHEMY_SILENCE_UBER_WARNING",
    "MPLBACKEND",
    "LOG_LEVEL_LIBRARIES",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "PYTHONUNBUFFERED",
    "PTB_TIMEDELTA",
    "TQDM_DISABLE",
}


def test_every_setting_is_documented():
    text = (ROOT / "docs/settings.md").read_text()
    assert {name for name in SETTINGS if f"`{name}`" not in text} == set()


def test_every_documented_setting_exists():
    documented = set(
        re.findall(r"^\| `([A-Z][A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    )
    assert documented - SETTINGS - ELSEWHERE == set()


def test_the_example_file_names_every_setting():
    named = set(re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert named - SETTINGS - ELSEWHERE == set()
    assert SETTINGS - named == set()


def names_read_from_the_environment(tree):
    """The constant names that are read from os.environ, or given a default there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "os.environ.get",
            "os.getenv",
            "os.environ.setdefault",
        ):
            first = node.args[0]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            first = node.slice
        else:
            continue
        if isinstance(first, ast.Constant):
            yield first.value


def test_no_setting_is_read_behind_the_settings_back():
    read = {
        name
        for package in PACKAGES
        for _, tree in modules(package)
        for name in names_read_from_the_environment(tree)
    }
    assert read - SETTINGS - ELSEWHERE - FOREIGN == set()
