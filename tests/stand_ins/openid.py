"""An OpenID Connect provider that vouches for whomever the test says, well or badly."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.stand_ins.serving import served

CLIENT_ID, CLIENT_SECRET = "phendula", "a-secret-of-the-provider"


@dataclass
class StandInProvider:
    """Its address, the person it vouches for, and what it gets wrong."""

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    #: claims that are put over the right ones
    wrong: dict[str, Any] = field(default_factory=dict)
    fails: bool = False
    signs_with_another_key: bool = False
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    asked: dict[str, str] = field(default_factory=dict)

    def sign_in(self, address: str) -> dict[str, str]:
        """What its own page does: takes the browser's question; gives the query of the way back."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        return {"code": "the-code", "state": self.asked["state"]}

    def id_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": self.asked["nonce"],
            **self.person, **self.wrong,
        }  # fmt: skip
        key = RSAKey.generate_key(2048, {"kid": "one"}) if self.signs_with_another_key else self.key
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)


@contextmanager
def openid_provider() -> Iterator[StandInProvider]:
    """A provider on a port of its own."""
    stand_in, app = StandInProvider(), FastAPI()

    @app.get("/.well-known/openid-configuration")
    def metadata() -> Any:
        if stand_in.fails:
            return JSONResponse({}, 500)
        return {
            "issuer": stand_in.issuer,
            "authorization_endpoint": f"{stand_in.issuer}/authorize",
            "token_endpoint": f"{stand_in.issuer}/token",
            "jwks_uri": f"{stand_in.issuer}/keys",
        }

    @app.get("/keys")
    def keys() -> Any:
        return KeySet([stand_in.key]).as_dict(private=False)

    @app.post("/token")
    async def token(request: Request) -> Any:
        form = await request.form()
        credentials = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        challenge = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        if (
            request.headers.get("authorization") != f"Basic {credentials}"
            or form["code"] != "the-code"
            or form["redirect_uri"] != stand_in.asked["redirect_uri"]
            or base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != stand_in.asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return {"access_token": "a", "token_type": "Bearer", "id_token": stand_in.id_token()}

    with served(app) as address:
        stand_in.issuer = address
        yield stand_in
