"""How often one caller may call in a minute, counted in each web process by itself: a brake, no more."""

import time
from dataclasses import dataclass, field

_WINDOW_SECONDS = 60


@dataclass
class Limit:
    """At most `most` calls a minute for each caller."""

    most: int
    _minute: int = 0
    _calls: dict[str, int] = field(default_factory=dict)

    def passes(self, caller: str) -> bool:
        """Count a call; False when it is one too many."""
        minute = int(time.monotonic() // _WINDOW_SECONDS)
        if minute != self._minute:
            self._minute, self._calls = minute, {}
        self._calls[caller] = self._calls.get(caller, 0) + 1
        return self._calls[caller] <= self.most

    def spent(self, caller: str) -> bool:
        """True when the caller has no call left in this minute; counts nothing."""
        minute = int(time.monotonic() // _WINDOW_SECONDS)
        return minute == self._minute and self._calls.get(caller, 0) >= self.most
