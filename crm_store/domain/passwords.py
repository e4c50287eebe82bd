"""What a password must be, and the codes of a second factor: pure, the clock passed in."""

import base64
import hashlib
import hmac
import secrets
import struct
from datetime import datetime

SHORTEST = 12
LONGEST = 200  # Argon2 reads all of it: nobody may make it read a book
#: RFC 6238 with what every authenticator app takes: SHA-1, six digits, 30 seconds
_STEP_SECONDS, _DIGITS = 30, 6
#: Codes of the step before and after are good too: telephones' clocks differ.
_STEPS_OFF = (0, -1, 1)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else


def password_fault(password: str, username: str) -> str | None:
    """Why the password is refused ('short', 'long', 'name', 'simple'), None when it is good.

    Length counts, not kinds of characters (NIST SP 800-63B, 3.1.1.2).
    """
    plain = password.casefold()
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    if username and username.casefold() in plain:
        return "name"
    return "simple" if len(set(plain)) < 5 or plain in ("passwordpassword", "123456789012") else None


def new_password() -> str:
    """A password that can be read out: four groups of five, a little under 100 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))


def new_totp_secret() -> str:
    """A secret for an authenticator app: 160 bits in base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def totp_code(secret: str, step: int) -> str:
    """The six digits of that time step (RFC 4226, section 5.3)."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 0xF
    number = int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def step_at(now: datetime) -> int:
    """The time step of a moment."""
    return int(now.timestamp()) // _STEP_SECONDS


def matching_step(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """The time step whose code this is; None when it is wrong, too old, or was used before."""
    given = "".join(code.split()).encode()
    for off in _STEPS_OFF:
        step = step_at(now) + off
        if hmac.compare_digest(totp_code(secret, step).encode(), given) and (
            last_step is None or step > last_step
        ):
            return step
    return None


def new_recovery_codes(count: int = 8) -> list[str]:
    """Codes that open the second factor once each: 'ab3de-9xk2m'."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(count)
    ]


def recovery_digest(code: str) -> str:
    """What is kept of a recovery code; they are random and long, a slow hash would add nothing."""
    written = "".join(code.split()).replace("-", "").lower()
    return hashlib.sha256(written.encode()).hexdigest()
