"""Starting: what production insists on is said by every process, by its name, at once."""

import pytest
from typer.testing import CliRunner

from crm_store.settings import Settings, SettingsError, settings
from phendula.cli import app
from phendula.commands.processes import addresses


@pytest.fixture
def nothing_set(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    settings.cache_clear()
    yield monkeypatch
    settings.cache_clear()


@pytest.mark.parametrize("process", ["up", "web", "worker", "actions", "engine", "migrate", "sweep"])
def test_no_process_starts_in_production_without_its_key(nothing_set, process):
    nothing_set.setenv("PHENDULA_ENV", "production")
    refused = CliRunner().invoke(app, [process]).exception
    assert isinstance(refused, SettingsError)
    assert "PHENDULA_SECRET_KEY: is needed in production; set 32 random characters or more" in str(refused)


def test_who_connects_real_people_without_a_key_is_warned(nothing_set):
    assert "PHENDULA_SECRET_KEY" not in addresses(settings())
    nothing_set.setenv("TELEGRAM_BOT_TOKEN", "1:top")
    settings.cache_clear()
    assert "set PHENDULA_SECRET_KEY" in addresses(settings())
    nothing_set.setenv("PHENDULA_SECRET_KEY", "k" * 32)
    settings.cache_clear()
    assert "PHENDULA_SECRET_KEY" not in addresses(settings())
