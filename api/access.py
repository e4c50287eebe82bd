"""Who calls: a key in the header `Authorization: Bearer …`, with the scope that the call needs."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import structlog
from fastapi import Depends, HTTPException, Request, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from crm_store.database import transaction
from crm_store.limits import Limit
from crm_store.services.api_keys import Caller, caller_of

log = structlog.get_logger(__name__)

CALLS_A_MINUTE = 120
#: Wrong keys from one address: guessing one would take longer than the sun has.
REFUSALS_A_MINUTE = 20

_calls, _refusals = Limit(CALLS_A_MINUTE), Limit(REFUSALS_A_MINUTE)
_bearer = HTTPBearer(auto_error=False, description="A key made by `phendula key add`.")
_WAIT = {"Retry-After": "60"}


def caller_with(scope: str) -> Callable[..., Caller]:
    """A dependency that gives the caller, or answers 401 (no such key), 403 (scope) or 429 (too often)."""

    def caller(
        request: Request,
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Caller:
        address = request.client.host if request.client else "unknown"
        if _refusals.spent(address):
            raise HTTPException(429, "too many wrong keys; wait a minute", headers=_WAIT)
        found = None
        if given is not None:
            with transaction() as session:
                found = caller_of(session, given.credentials, datetime.now(UTC))
        if found is None:
            _refusals.passes(address)
            log.warning("api_key_refused", path=request.url.path)
            raise HTTPException(
                status.HTTP_401_UNAUTHORIZED,
                "no valid key: send the header 'Authorization: Bearer KEY'",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if scope not in found.scopes:
            raise HTTPException(403, f"this key is not for {scope}")
        if not _calls.passes(found.name):
            raise HTTPException(429, f"at most {CALLS_A_MINUTE} calls a minute; wait", headers=_WAIT)
        return found

    return caller


def forget_counts() -> None:
    """Begin to count anew (between tests)."""
    for limit in (_calls, _refusals):
        limit.forget()
