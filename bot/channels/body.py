"""The raw body of a webhook, read once and never beyond a limit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import HTTPException, Request


def body_up_to(limit_bytes: int) -> Callable[[Request], Awaitable[bytes]]:
    """A FastAPI dependency that gives the body; 413 when it is larger, whatever Content-Length says."""

    async def read(request: Request) -> bytes:
        announced = request.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced) > limit_bytes:
            raise HTTPException(413, f"the body is larger than {limit_bytes} bytes")
        chunks: list[bytes] = []
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit_bytes:
                raise HTTPException(413, f"the body is larger than {limit_bytes} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    return read
