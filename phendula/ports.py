"""Ports: is one free, which one is, and what to say when one is taken."""

import socket
import time


class PortTakenError(Exception):
    """Another program uses a port that we need; the message says which setting chooses another."""


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on the port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port of the loopback address that is free at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def insist_on_free(host: str, port: int, setting: str, purpose: str, wait_seconds: float = 5) -> None:
    """Waits a little (a process of an earlier run may be ending), then raises PortTakenError."""
    until = time.monotonic() + wait_seconds
    while not is_free(port, host):
        if time.monotonic() > until:
            raise PortTakenError(
                f"Port {port} on {host}, which {purpose} needs, is used by another program"
                f" (perhaps Phendula runs already). Stop that program, or choose another port:"
                f" {setting}={port + 1} in .env or before the command."
            )
        time.sleep(0.25)
