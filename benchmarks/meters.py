"""What processes use: CPU time and memory, by role."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil

#: Finds the processes of each role now; those below them in the tree are counted with it.
Roles = Callable[[], dict[str, list[int]]]


@dataclass(frozen=True)
class Usage:
    """CPU seconds since the processes began, by role."""

    seconds: dict[str, float]

    def since(self, earlier: "Usage", messages: int) -> dict[str, float]:
        """CPU milliseconds a message in between, by role."""
        return {role: 1000 * (now - earlier.seconds[role]) / messages for role, now in self.seconds.items()}


def cpu(roles: Roles, ignored: Iterable[int] = ()) -> Usage:
    """CPU time of each role so far, with that of children which have ended; without that of the `ignored`."""
    left_out = set(ignored)
    seconds = {}
    for role, processes in _by_role(roles()).items():
        total = 0.0
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                if process.pid not in left_out:
                    total += times.user + times.system
                # A process that has ended is counted where it was waited for.
                total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        seconds[role] = total
    return Usage(seconds)


def machine_seconds() -> float:
    """CPU seconds that all programs of the machine have used so far."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "steal", 0.0)
    return float(sum(times[: 8 if len(times) > 7 else None])) - idle  # guests are in `user` already


def own_seconds() -> float:
    """CPU seconds of the benchmark itself so far: the load generator and the provider's stand-in."""
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)


def memory(roles: Roles) -> dict[str, float]:
    """Resident megabytes by role; a page that several processes share counts once, in parts (Linux: PSS)."""
    megabytes = {}
    for role, processes in _by_role(roles()).items():
        total = 0
        for process in processes:
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                info = process.memory_full_info()
                total += getattr(info, "pss", info.rss)
        megabytes[role] = total / 1e6
    return megabytes


def _by_role(roots: dict[str, list[int]]) -> dict[str, list[psutil.Process]]:
    """The roots and all below them; what is below two roles belongs to the one named first."""
    claimed: set[int] = set()
    found: dict[str, list[psutil.Process]] = {}
    for role, pids in roots.items():
        found[role] = []
        for pid in pids:
            with suppress(psutil.NoSuchProcess):
                root = psutil.Process(pid)
                for process in (root, *root.children(recursive=True)):
                    if process.pid not in claimed:
                        claimed.add(process.pid)
                        found[role].append(process)
    return found
