"""The settings of every process, read once from the environment and `.env`.

A wrong value stops the process at start with the name of the variable, what is wrong with it and what to do.
Every variable is described in docs/settings.md; a test holds that.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Channel = Literal["sms", "whatsapp", "telegram", "web"]


class SettingsError(Exception):
    """One or several settings are wrong; the message says for each its name, the fault and the remedy."""


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("must be a base address such as https://example.org, without a query")
    return value.rstrip("/")


def _base_urls(value: str) -> str:
    urls = [_base_url(part.strip()) for part in value.split(",") if part.strip()]
    if not urls:
        raise ValueError("must hold at least one address such as http://127.0.0.1:5005")
    return ",".join(urls)


def _postgres_url(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    if not separator or scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise ValueError("must be a PostgreSQL address such as postgresql://user:password@host/database")
    return f"postgresql://{rest}"


def _phone(value: str) -> str:
    number = value.removeprefix("whatsapp:").replace(" ", "")
    if not re.fullmatch(r"\+[1-9]\d{6,14}", number):
        raise ValueError("must be a number in international form such as +27821234567")
    return number


def _sms_sender(value: str) -> str:
    if re.fullmatch(r"\d{3,8}", value) or re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}", value):
        return value  # a short code, or an alphanumeric sender id
    return _phone(value)


def _templates(value: str) -> str:
    for pair in filter(None, (part.strip() for part in value.split(","))):
        if not re.fullmatch(r"[a-z_]+\.(en|zu)=HX[0-9a-fA-F]{32}", pair):
            raise ValueError(
                f"{pair!r} must look like notice_resolved.zu=HX…, the Content SID of an approved template"
            )
    return value


def _matching(pattern: str, remedy: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(remedy)
        return value

    return AfterValidator(check)


BaseUrl = Annotated[str, AfterValidator(_base_url)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """Every setting of the product. Attribute names drop the prefix `PHENDULA_` of the variable."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: Annotated[str, AfterValidator(_postgres_url)] | None = Field(None, alias="DATABASE_URL")
    public_url_given: BaseUrl | None = Field(None, alias="PUBLIC_URL")

    twilio_account_sid: (
        Annotated[
            str, _matching(r"AC[0-9A-Za-z]+", "must begin with AC: copy the Account SID of Twilio's console")
        ]
        | None
    ) = Field(None, alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: str | None = Field(None, alias="TWILIO_AUTH_TOKEN", repr=False)
    twilio_sms_from: Annotated[str, AfterValidator(_sms_sender)] | None = Field(None, alias="TWILIO_SMS_FROM")
    twilio_whatsapp_from: Annotated[str, AfterValidator(_phone)] | None = Field(
        None, alias="TWILIO_WHATSAPP_FROM"
    )
    twilio_messaging_service_sid: (
        Annotated[
            str,
            _matching(r"MG[0-9A-Za-z]+", "must begin with MG: copy it from Twilio's Messaging Services page"),
        ]
        | None
    ) = Field(None, alias="TWILIO_MESSAGING_SERVICE_SID")
    twilio_whatsapp_templates: Annotated[str, AfterValidator(_templates)] = Field(
        "", alias="TWILIO_WHATSAPP_TEMPLATES"
    )
    twilio_api_base: BaseUrl | None = Field(None, alias="TWILIO_API_BASE")

    telegram_bot_token: (
        Annotated[
            str,
            _matching(r"\d+:[A-Za-z0-9_-]+", "must look like 123456:AAE…, as BotFather gave it"),
        ]
        | None
    ) = Field(None, alias="TELEGRAM_BOT_TOKEN", repr=False)
    telegram_webhook_secret: (
        Annotated[
            str,
            _matching(
                r"[A-Za-z0-9_-]{1,256}", "must be 1 to 256 characters of A-Z a-z 0-9 _ - (Telegram's rule)"
            ),
        ]
        | None
    ) = Field(None, alias="TELEGRAM_WEBHOOK_SECRET", repr=False)
    telegram_api_base: BaseUrl | None = Field(None, alias="TELEGRAM_API_BASE")

    smtp_host: str | None = Field(None, alias="SMTP_HOST")
    smtp_port: Port = Field(587, alias="SMTP_PORT")
    smtp_user: str | None = Field(None, alias="SMTP_USER")
    smtp_password: str | None = Field(None, alias="SMTP_PASSWORD", repr=False)
    smtp_from: (
        Annotated[
            str, _matching(r"[^@\s]+@[^@\s]+", "must be an e-mail address such as phendula@example.gov.za")
        ]
        | None
    ) = Field(None, alias="SMTP_FROM")
    smtp_starttls: bool = Field(True, alias="SMTP_STARTTLS")

    municipalities: Path = Field(Path("municipalities/ilembe.yml"), alias="PHENDULA_MUNICIPALITIES")
    secret_key: Annotated[str, Field(min_length=32)] | None = Field(
        None, alias="PHENDULA_SECRET_KEY", repr=False
    )
    env: Literal["development", "production"] = Field("development", alias="PHENDULA_ENV")
    log_format: Literal["json", "readable"] | None = Field(None, alias="PHENDULA_LOG_FORMAT")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", alias="PHENDULA_LOG_LEVEL")
    data_dir: Path = Field(Path("var"), alias="PHENDULA_DATA_DIR")
    host: str = Field("127.0.0.1", alias="PHENDULA_HOST")
    port: Port = Field(8000, alias="PHENDULA_PORT")
    web_processes: Annotated[int, Field(ge=1, le=16)] = Field(1, alias="PHENDULA_WEB_PROCESSES")
    actions_port: Port = Field(5055, alias="PHENDULA_ACTIONS_PORT")
    engine_port: Port = Field(5005, alias="PHENDULA_ENGINE_PORT")
    engine_url: Annotated[str, AfterValidator(_base_urls)] | None = Field(None, alias="ENGINE_URL")
    models: Path = Field(Path("models"), alias="PHENDULA_MODELS")
    gate_points: Annotated[float, Field(ge=0, le=100)] = Field(2.0, alias="PHENDULA_GATE_POINTS")
    oidc_issuer: BaseUrl | None = Field(None, alias="PHENDULA_OIDC_ISSUER")
    oidc_client_id: str | None = Field(None, alias="PHENDULA_OIDC_CLIENT_ID")
    oidc_client_secret: str | None = Field(None, alias="PHENDULA_OIDC_CLIENT_SECRET", repr=False)
    oidc_name: str = Field("single sign-on", alias="PHENDULA_OIDC_NAME")
    attachment_mb: Annotated[int, Field(ge=1, le=16)] = Field(10, alias="PHENDULA_ATTACHMENT_MB")
    attachment_days: Annotated[int, Field(ge=30, le=3650)] = Field(1095, alias="PHENDULA_ATTACHMENT_DAYS")
    desk_idle_minutes: Annotated[int, Field(ge=5, le=720)] = Field(30, alias="PHENDULA_DESK_IDLE_MINUTES")

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if (self.twilio_account_sid is None) != (self.twilio_auth_token is None):
            missing = "TWILIO_AUTH_TOKEN" if self.twilio_account_sid else "TWILIO_ACCOUNT_SID"
            raise ValueError(
                f"{missing}: is missing; set both TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or neither"
            )
        if self.smtp_host and self.smtp_from is None:
            raise ValueError("SMTP_FROM: is missing; set the address that our e-mail comes from")
        if (self.smtp_user is None) != (self.smtp_password is None):
            missing = "SMTP_PASSWORD" if self.smtp_user else "SMTP_USER"
            raise ValueError(f"{missing}: is missing; set both SMTP_USER and SMTP_PASSWORD, or neither")
        self._insist_on_whole_sign_on()
        ports = {self.port: "PHENDULA_PORT"}
        for port, name in (
            (self.actions_port, "PHENDULA_ACTIONS_PORT"),
            (self.engine_port, "PHENDULA_ENGINE_PORT"),
        ):
            if port in ports:
                raise ValueError(f"{name}: {port} is also {ports[port]}; choose another port")
            ports[port] = name
        if self.env == "production":
            if self.secret_key is None:
                raise ValueError(
                    "PHENDULA_SECRET_KEY: is needed in production; set 32 random characters or more"
                )
            if self.twilio_account_sid and self.public_url_given is None:
                raise ValueError(
                    "PUBLIC_URL: is needed with Twilio; set the https address that Twilio calls"
                    " (its signature covers it)"
                )
        return self

    def _insist_on_whole_sign_on(self) -> None:
        parts = {
            "PHENDULA_OIDC_ISSUER": self.oidc_issuer,
            "PHENDULA_OIDC_CLIENT_ID": self.oidc_client_id,
            "PHENDULA_OIDC_CLIENT_SECRET": self.oidc_client_secret,
        }
        missing = [name for name, value in parts.items() if value is None]
        if missing and len(missing) < len(parts):
            raise ValueError(f"{missing[0]}: is missing; set {', '.join(parts)}, or none of them")
        plain = self.oidc_issuer is not None and self.oidc_issuer.startswith("http://")
        if plain and self.env == "production":
            raise ValueError("PHENDULA_OIDC_ISSUER: must begin with https:// in production")

    @property
    def public_url(self) -> str:
        """The address under which people and providers reach us, without a slash at the end."""
        return self.public_url_given or f"http://localhost:{self.port}"

    @property
    def signing_key(self) -> bytes:
        """What everything is signed and hashed with. Without PHENDULA_SECRET_KEY, which production insists
        on, it is a word that everybody knows."""
        return (self.secret_key or "development").encode()

    @property
    def attachment_bytes(self) -> int:
        """The largest file that is taken from a person, or sent to one."""
        return self.attachment_mb * 1024 * 1024

    @property
    def engine_urls(self) -> list[str]:
        """The engine's base addresses, one or several."""
        return (self.engine_url or f"http://127.0.0.1:{self.engine_port}").split(",")

    @property
    def actions_url(self) -> str:
        """Where the engine finds the action server."""
        return f"http://127.0.0.1:{self.actions_port}/webhook"

    @property
    def json_logs(self) -> bool:
        """Whether logs are JSON lines (always in production, unless PHENDULA_LOG_FORMAT says otherwise)."""
        return (self.log_format or ("json" if self.env == "production" else "readable")) == "json"

    def whatsapp_template(self, response_key: str, language: str) -> str | None:
        """The Content SID of the approved template for this text, or None."""
        wanted = f"{response_key.removeprefix('utter_')}.{language}"
        pairs = (part.strip().partition("=") for part in self.twilio_whatsapp_templates.split(","))
        return next((sid for name, _, sid in pairs if name == wanted), None)

    def sandbox(self, channel: Channel) -> bool:
        """True when the channel has no credentials: replies are stored, shown on /phone, never sent."""
        match channel:
            case "sms":
                return not self.twilio_auth_token or not (
                    self.twilio_sms_from or self.twilio_messaging_service_sid
                )
            case "whatsapp":
                return not self.twilio_auth_token or not self.twilio_whatsapp_from
            case "telegram":
                return not self.telegram_bot_token
            case "web":
                return True

    @property
    def phone_page(self) -> bool:
        """Whether /phone is served: never in production, since it shows any number's conversation."""
        return self.env == "development" and (
            self.sandbox("sms") or self.sandbox("whatsapp") or self.sandbox("telegram")
        )


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once; raises SettingsError."""
    return read_settings()


def read_settings() -> Settings:
    """Read the settings afresh; raises SettingsError that names each wrong variable."""
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for fault in error.errors():
            message = fault["msg"].removeprefix("Value error, ")
            name = str(fault["loc"][0]) if fault["loc"] else ""
            lines.append(f"{name}: {message}" if name else message)
        # The values themselves stay out of the message: some of them are secrets.
        raise SettingsError("Wrong settings (see docs/settings.md):\n  " + "\n  ".join(lines)) from None
