"""The threads in which a web process works: few, and apart, so that no door waits for another's work.

Of all threads of a process one runs Python at a time. With forty (the framework's own number) a busy process
spends more on taking turns than on its answers: `python -m benchmarks.desk` shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import current_default_thread_limiter, run_sync

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

#: The desk, the API and all doors that say nothing else.
_MOST = 6
#: A citizen's message is taken however busy the desk is: providers do not send twice.
WEBHOOKS = CapacityLimiter(4)
#: Where another server is waited for.
ELSEWHERE = CapacityLimiter(4)


def limit_threads() -> None:
    """For the process whose event loop runs: from now on so many work at once."""
    current_default_thread_limiter().total_tokens = _MOST


async def apart(
    limiter: CapacityLimiter, do: Callable[Asked, Answer], *args: Asked.args, **named: Asked.kwargs
) -> Answer:
    """What `do` returns, done in one of the threads of `limiter`."""
    return await run_sync(lambda: do(*args, **named), limiter=limiter)
