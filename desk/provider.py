"""The OpenID Connect provider of PHENDULA_OIDC_…: where it sends people, and who it says they are."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from crm_store.settings import settings

SCOPE = "openid email profile"
CALLBACK = "/desk/sign-in/back"
#: Asymmetric ones only: a token that our own secret could have signed proves nothing.
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
_FRESH_SECONDS = 3600
_TIMEOUT_SECONDS = 10
_LEEWAY_SECONDS = 60


class ProviderFailed(Exception):
    """The provider did not answer, or what it answered does not hold; the message is for the log."""


@dataclass(frozen=True)
class Person:
    """Whom the provider vouches for. `email` is None when it is not verified."""

    issuer: str
    subject: str
    email: str | None


class Provider:
    """One provider; what it publishes of itself is asked for once an hour."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self.issuer, self.client_id, self.client_secret = issuer, client_id, client_secret
        self._metadata: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, dict[str, Any]] | None = None

    def way_there(self, state: str, nonce: str, verifier: str) -> str:
        """The address at the provider to which a browser is sent (RFC 6749, 4.1.1; PKCE, RFC 7636)."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": _callback(),
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        address = str(self._described("authorization_endpoint"))
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    def person(self, code: str, nonce: str, verifier: str) -> Person:
        """Who came back with this code; raises ProviderFailed."""
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": _callback(),
            "code_verifier": verifier,
        }
        methods = self._metadata_now().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        auth: httpx.BasicAuth | None = httpx.BasicAuth(self.client_id, self.client_secret)
        if "client_secret_basic" not in methods:
            auth = None
            given |= {"client_id": self.client_id, "client_secret": self.client_secret}
        try:
            answer = httpx.post(
                str(self._described("token_endpoint")), data=given, auth=auth, timeout=_TIMEOUT_SECONDS
            )
            token = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderFailed(f"token endpoint: {error!r}") from error
        if answer.status_code != httpx.codes.OK or "id_token" not in token:
            raise ProviderFailed(f"token endpoint: {answer.status_code} {token.get('error', '')}")
        claims = self._claims(str(token["id_token"]), nonce)
        email = claims.get("email")
        unverified = claims.get("email_verified", True) is not True
        return Person(claims["iss"], claims["sub"], None if unverified or not email else str(email))

    def _claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        """The token's claims, once its signature and every claim hold (OpenID Connect Core, 3.1.3.7)."""
        try:
            try:
                read = jwt.decode(id_token, self._key_set(), algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                self._keys = None  # they may have changed their keys since
                read = jwt.decode(id_token, self._key_set(), algorithms=ALGORITHMS)
            claims = CodeIDToken(
                read.claims,
                read.header,
                {
                    "iss": {"essential": True, "value": self._metadata_now()["issuer"]},
                    "aud": {"essential": True, "value": self.client_id},
                },
                {"nonce": nonce, "client_id": self.client_id},
            )
            claims.validate(leeway=_LEEWAY_SECONDS)
        except Exception as error:  # every library has its own family of errors; none of them may pass
            raise ProviderFailed(f"id token: {error!r}") from error
        return dict(claims)

    def _metadata_now(self) -> dict[str, Any]:
        if self._metadata is None or time.monotonic() - self._metadata[0] > _FRESH_SECONDS:
            found = _fetched(get_well_known_url(self.issuer, external=True))
            if str(found.get("issuer", "")).rstrip("/") != self.issuer.rstrip("/"):
                raise ProviderFailed(f"it calls itself {found.get('issuer')}")
            self._metadata = time.monotonic(), found
        return self._metadata[1]

    def _described(self, name: str) -> Any:
        try:
            return self._metadata_now()[name]
        except KeyError:
            raise ProviderFailed(f"it names no {name}") from None

    def _key_set(self) -> KeySet:
        if self._keys is None or time.monotonic() - self._keys[0] > _FRESH_SECONDS:
            self._keys = time.monotonic(), _fetched(str(self._described("jwks_uri")))
        return KeySet.import_key_set(self._keys[1])  # type: ignore[arg-type]


def _fetched(address: str) -> dict[str, Any]:
    try:
        answer = httpx.get(address, timeout=_TIMEOUT_SECONDS).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise ProviderFailed(f"{address}: {error!r}") from error
    if not isinstance(answer, dict):
        raise ProviderFailed(f"{address}: no JSON object")
    return answer


def _callback() -> str:
    return f"{settings().public_url}{CALLBACK}"


@lru_cache(maxsize=1)
def _provider_of(issuer: str, client_id: str, client_secret: str) -> Provider:
    return Provider(issuer, client_id, client_secret)


def provider() -> Provider | None:
    """The provider that is configured, or None."""
    now = settings()
    if not (now.oidc_issuer and now.oidc_client_id and now.oidc_client_secret):
        return None
    return _provider_of(now.oidc_issuer, now.oidc_client_id, now.oidc_client_secret)
