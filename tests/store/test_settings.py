"""Settings: read once, refused by name, and never with a secret in the message."""

from pathlib import Path

import pytest

from crm_store.settings import Settings, SettingsError, read_settings

ROOT = Path(__file__).parents[2]
PARTS = ("actions", "api", "bot", "crm_store", "desk", "phendula")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch, tmp_path):
    """Neither the developer's environment nor their .env counts here."""
    monkeypatch.chdir(tmp_path)
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)


def given(monkeypatch, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return read_settings()


SID, TOKEN = "AC" + "0" * 32, "not-a-real-token"


def test_nothing_needs_to_be_set(monkeypatch):
    read = given(monkeypatch)
    assert (read.port, read.env, read.database_url) == (8000, "development", None)
    assert read.public_url == "http://localhost:8000"
    assert read.engine_urls == ["http://127.0.0.1:5005"]
    assert all(read.sandbox(channel) for channel in ("sms", "whatsapp", "telegram", "web"))
    assert read.phone_page
    assert not read.json_logs


def test_an_empty_value_counts_as_unset(monkeypatch):
    assert given(monkeypatch, TWILIO_AUTH_TOKEN="", PHENDULA_PORT="").port == 8000


def test_the_file_is_read_and_the_environment_wins(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("PHENDULA_PORT=9000\nPHENDULA_LOG_LEVEL=debug\nSOMETHING_ELSE=1\n")
    read = given(monkeypatch, PHENDULA_PORT="9100")
    assert (read.port, read.log_level) == (9100, "debug")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL: must be a PostgreSQL address"),
        ({"PUBLIC_URL": "example.org"}, "PUBLIC_URL: must be a base address"),
        ({"PUBLIC_URL": "https://example.org/?a=b"}, "PUBLIC_URL: must be a base address"),
        ({"TWILIO_ACCOUNT_SID": SID}, "TWILIO_AUTH_TOKEN: is missing"),
        ({"TWILIO_AUTH_TOKEN": TOKEN}, "TWILIO_ACCOUNT_SID: is missing"),
        ({"TWILIO_ACCOUNT_SID": "XX1", "TWILIO_AUTH_TOKEN": TOKEN}, "TWILIO_ACCOUNT_SID: must begin with AC"),
        ({"TWILIO_SMS_FROM": "082 123 4567"}, "TWILIO_SMS_FROM: must be a number in international form"),
        ({"TWILIO_WHATSAPP_FROM": "27821234567"}, "TWILIO_WHATSAPP_FROM: must be a number"),
        ({"TELEGRAM_BOT_TOKEN": "abc"}, "TELEGRAM_BOT_TOKEN: must look like"),
        ({"TELEGRAM_WEBHOOK_SECRET": "a b"}, "TELEGRAM_WEBHOOK_SECRET: must be 1 to 256"),
        ({"PHENDULA_PORT": "70000"}, "PHENDULA_PORT:"),
        ({"PHENDULA_PORT": "5005"}, "PHENDULA_ENGINE_PORT: 5005 is also PHENDULA_PORT"),
        ({"PHENDULA_ENV": "prod"}, "PHENDULA_ENV:"),
        ({"PHENDULA_ENV": "production"}, "PHENDULA_SECRET_KEY: is needed in production"),
        ({"PHENDULA_SECRET_KEY": "short"}, "PHENDULA_SECRET_KEY:"),
        ({"PHENDULA_ATTACHMENT_DAYS": "7"}, "PHENDULA_ATTACHMENT_DAYS:"),
        ({"ENGINE_URL": "localhost:5005"}, "ENGINE_URL: must be a base address"),
        ({"ENGINE_URL": ","}, "ENGINE_URL: must hold at least one"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_value_is_refused_by_name(monkeypatch, values, message):
    with pytest.raises(SettingsError, match=r"docs/settings\.md") as refused:
        given(monkeypatch, **values)
    assert message in str(refused.value)


def test_a_secret_is_in_no_message(monkeypatch):
    with pytest.raises(SettingsError) as refused:
        given(monkeypatch, TELEGRAM_BOT_TOKEN="secret!", PHENDULA_SECRET_KEY="my-short-secret")
    assert "secret!" not in str(refused.value)
    assert "my-short-secret" not in str(refused.value)
    read = given(monkeypatch, TELEGRAM_BOT_TOKEN="1:top", PHENDULA_SECRET_KEY="k" * 32)
    assert "1:top" not in repr(read)
    assert "k" * 32 not in repr(read)


def test_everything_is_signed_with_the_key_of_this_house(monkeypatch):
    known = given(monkeypatch).signing_key
    own = given(monkeypatch, PHENDULA_ENV="production", PHENDULA_SECRET_KEY="k" * 32).signing_key
    assert (own, known == own) == (b"k" * 32, False)
    # One door: who signs asks for signing_key, so that nothing falls back to a word of its own.
    asked = {
        path for part in PARTS for path in (ROOT / part).rglob("*.py") if "secret_key" in path.read_text()
    }
    assert asked == {ROOT / "crm_store/settings.py", ROOT / "phendula/commands/processes.py"}


def test_production_with_twilio_needs_the_public_address(monkeypatch):
    production = {"PHENDULA_ENV": "production", "PHENDULA_SECRET_KEY": "k" * 32}
    with pytest.raises(SettingsError, match="PUBLIC_URL: is needed with Twilio"):
        given(monkeypatch, **production, TWILIO_ACCOUNT_SID=SID, TWILIO_AUTH_TOKEN=TOKEN)
    read = given(monkeypatch, PUBLIC_URL="https://example.org/")
    assert read.public_url == "https://example.org"
    assert read.json_logs
    assert not read.phone_page


def test_credentials_end_the_sandbox_of_their_channel(monkeypatch):
    read = given(
        monkeypatch,
        TWILIO_ACCOUNT_SID=SID,
        TWILIO_AUTH_TOKEN=TOKEN,
        TWILIO_WHATSAPP_FROM="whatsapp:+27 82 123 4567",
    )
    assert read.twilio_whatsapp_from == "+27821234567"
    assert (read.sandbox("sms"), read.sandbox("whatsapp"), read.sandbox("telegram")) == (True, False, True)
    read = given(monkeypatch, TWILIO_SMS_FROM="31234", TELEGRAM_BOT_TOKEN="123:ABC")
    assert (read.sandbox("sms"), read.sandbox("telegram")) == (False, False)
    assert not read.phone_page


def test_several_engines(monkeypatch):
    read = given(monkeypatch, ENGINE_URL="http://one:5005/, http://two:5005")
    assert read.engine_urls == ["http://one:5005", "http://two:5005"]


def test_addresses_of_the_database_become_one_form(monkeypatch):
    assert given(monkeypatch, DATABASE_URL="postgres://u@h/d").database_url == "postgresql://u@h/d"
