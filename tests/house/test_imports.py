"""Imports point inward; each foreign library has its one place."""

import pytest

from tests.house.source import PACKAGES, imported, modules

#: package → the packages of ours that it may import
MAY_IMPORT = {
    "crm_store.domain": {"crm_store.domain"},
    "crm_store.tables": {"crm_store.tables", "crm_store.domain"},
    "crm_store": {"crm_store"},
    "bot": {"bot", "crm_store"},
    "actions": {"actions", "crm_store"},
    "api": {"api", "crm_store"},
    "desk": {"desk", "crm_store"},
    "phendula": {"phendula", "api", "bot", "desk", "actions", "crm_store"},
    "engine": {"engine"},
}

#: library → the only places that may import it
LIVES_IN = {
    "rasa": ("engine",),
    "rasa_sdk": ("actions",),
    "twilio": ("bot.channels",),
    "telegram": ("bot.channels", "bot.telegram_poll"),
    "fastapi": ("api", "bot", "desk", "phendula.app"),
    "argon2": ("crm_store.services.sign_in",),
    "authlib": ("desk.provider",),
    "joserfc": ("desk.provider",),
    "typer": ("phendula",),
    "alembic": ("crm_store.migrations",),
}


def within(name: str, place: str) -> bool:
    """Whether a dotted name is the place or lies inside it."""
    return name == place or name.startswith(place + ".")


ALL_MODULES = [(name, tree) for package in PACKAGES for name, tree in modules(package)]


@pytest.mark.parametrize(("name", "tree"), ALL_MODULES, ids=[name for name, _ in ALL_MODULES])
def test_imports_point_inward(name, tree):
    place = max((place for place in MAY_IMPORT if within(name, place)), key=len)
    ours = {found for found in imported(name, tree) if found.split(".")[0] in PACKAGES}
    wrong = {found for found in ours if not any(within(found, allowed) for allowed in MAY_IMPORT[place])}
    assert not wrong, f"{name} may not import {sorted(wrong)}"


@pytest.mark.parametrize("library", LIVES_IN)
def test_a_library_has_one_place(library):
    wrong = [
        name
        for name, tree in ALL_MODULES
        if any(within(found, library) for found in imported(name, tree))
        and not any(within(name, place) for place in LIVES_IN[library])
    ]
    assert not wrong, f"{library} belongs in {LIVES_IN[library]}, not in {wrong}"


def test_nobody_imports_the_composition_root():
    wrong = [
        name for name, tree in ALL_MODULES if "phendula" in {f.split(".")[0] for f in imported(name, tree)}
    ]
    assert [name for name in wrong if not within(name, "phendula")] == []
