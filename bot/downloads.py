"""Fetching what people sent from the providers' own hosts, and from nowhere else.

An address comes from a signed webhook, yet it is checked like any stranger's: scheme, host, port, each
redirect, time and size.
"""

from __future__ import annotations

import re
import time
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx

from bot.channels import telegram
from bot.channels.errors import SendError
from bot.phone.uploads import upload_named
from crm_store.settings import settings

MOST_REDIRECTS = 3
TIME_OUT_SECONDS = 10.0
WHOLE_SECONDS = 40.0
#: Twilio's API, and where it sends us on to: https://www.twilio.com/docs/messaging/guides/accepting-media
_TWILIO_API = re.compile(r"api(\.[a-z0-9-]+)*\.twilio\.com")
_TWILIO_STORES = re.compile(r"([a-z0-9-]+\.)+(twilio\.com|twiliocdn\.com)|s3-external-1\.amazonaws\.com")


class DownloadRefused(Exception):
    """What is there is not taken, now or later; the message says why, for staff.

    `tell`: whether its sender hears of it.
    """

    def __init__(self, why: str, *, tell: bool = True) -> None:
        super().__init__(why)
        self.tell = tell


class DownloadFailed(Exception):
    """It could not be had this time."""


def download(channel: str, source: dict[str, str]) -> bytes:
    """The content of a file of the channel. Raises DownloadRefused, or DownloadFailed: try again."""
    if settings().sandbox(channel):  # type: ignore[arg-type]
        return _from_phone_page(str(source.get("upload", "")))
    if channel == telegram.CHANNEL:
        return _from_telegram(str(source.get("file_id", "")))
    return _from_twilio(str(source.get("url", "")))


def _from_phone_page(name: str) -> bytes:
    path = upload_named(name)
    if path is None:
        raise DownloadRefused("the channel has no credentials to fetch it with", tell=False)
    content = path.read_bytes()
    path.unlink()
    if len(content) > settings().attachment_bytes:
        raise DownloadRefused(f"it is larger than {settings().attachment_mb} MB")
    return content


def _from_twilio(url: str) -> bytes:
    values = settings()
    own = urlsplit(values.twilio_api_base) if values.twilio_api_base else None
    parts = _parts(url)
    if not (_is_own(parts, own) or (_is_https(parts) and _TWILIO_API.fullmatch(parts.hostname or ""))):
        raise DownloadRefused(f"{parts.hostname or 'the address'} is not Twilio's API")
    credentials: tuple[str, str] | None = (values.twilio_account_sid or "", values.twilio_auth_token or "")
    deadline = time.monotonic() + WHOLE_SECONDS
    for _ in range(MOST_REDIRECTS + 1):
        answer = _get(url, deadline, credentials)
        if isinstance(answer, bytes):
            return answer
        credentials = None  # the stores need none, and must not learn ours
        _parts(answer)
        url = urljoin(url, answer)
        parts = _parts(url)
        if not (_is_own(parts, own) or (_is_https(parts) and _TWILIO_STORES.fullmatch(parts.hostname or ""))):
            raise DownloadRefused(f"Twilio sent us on to {parts.hostname}, which is not its own")
    raise DownloadRefused(f"more than {MOST_REDIRECTS} redirects")


def _from_telegram(file_id: str) -> bytes:
    try:
        url = telegram.file_address(file_id)
    except SendError as error:
        if error.retry:
            raise DownloadFailed(str(error)) from error
        raise DownloadRefused(f"Telegram does not give it out: {error}") from error
    answer = _get(url, time.monotonic() + WHOLE_SECONDS, None)
    if isinstance(answer, str):
        raise DownloadRefused("Telegram sent us on to another address")
    return answer


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise DownloadRefused("the address is none") from error
    return parts


def _is_https(parts: SplitResult) -> bool:
    return parts.scheme == "https" and parts.port in (None, 443) and parts.username is None


def _is_own(parts: SplitResult, own: SplitResult | None) -> bool:
    """Whether it is the stand-in that TWILIO_API_BASE names."""
    return own is not None and (parts.scheme, parts.netloc) == (own.scheme, own.netloc)


def _get(url: str, deadline: float, credentials: tuple[str, str] | None) -> bytes | str:
    """The content, or the address that we are sent on to."""
    time_out = httpx.Timeout(TIME_OUT_SECONDS)
    try:
        with (
            httpx.Client(timeout=time_out, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", url, auth=credentials) as response,
        ):
            if response.is_redirect:
                return response.headers["location"]
            if response.status_code >= 500 or response.status_code == 429:
                raise DownloadFailed(f"the provider answered {response.status_code}")
            if response.status_code != 200:
                raise DownloadRefused(f"the provider answered {response.status_code}")
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > settings().attachment_bytes:
                    raise DownloadRefused(f"it is larger than {settings().attachment_mb} MB")
                if time.monotonic() > deadline:
                    raise DownloadFailed(f"it took more than {WHOLE_SECONDS:.0f} s")
            return bytes(content)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DownloadFailed(f"{type(error).__name__} at the provider") from error
