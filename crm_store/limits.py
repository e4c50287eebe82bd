"""How often one caller may call, counted in each web process by itself: a brake, no more."""

import ipaddress
import time
from dataclasses import dataclass, field


@dataclass
class Limit:
    """At most `most` calls for each caller in each stretch of `seconds`."""

    most: int
    seconds: int = 60
    _stretch: int = 0
    _calls: dict[str, int] = field(default_factory=dict)

    def passes(self, caller: str) -> bool:
        """Count a call; False when it is one too many."""
        stretch = int(time.monotonic() // self.seconds)
        if stretch != self._stretch:
            self._stretch, self._calls = stretch, {}
        self._calls[caller] = self._calls.get(caller, 0) + 1
        return self._calls[caller] <= self.most

    def spent(self, caller: str) -> bool:
        """True when the caller has no call left in this stretch; counts nothing."""
        stretch = int(time.monotonic() // self.seconds)
        return stretch == self._stretch and self._calls.get(caller, 0) >= self.most

    def forget(self) -> None:
        """Begin to count anew (between tests)."""
        self._stretch, self._calls = 0, {}


def neighbourhood(address: str) -> str:
    """The address as one caller: of IPv6 its /64, which one subscriber has to himself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
