"""A mail server in a thread: it takes every mail and keeps it, but refuses what it is told to refuse."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class MailServer:
    """What came in, and what is refused: an address by its SMTP answer ('550 no such user')."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def mail_server() -> Iterator[MailServer]:
    """Serves until the end of the block."""
    kept = MailServer()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.answer("220 stand-in")
            while line := self.rfile.readline().decode().strip():
                verb, address = line[:4].upper(), line.partition("<")[2].partition(">")[0]
                if verb == "RCPT" and address in kept.refused:
                    self.answer(kept.refused[address])
                elif verb == "DATA":
                    self.answer("354 go on")
                    self.answer(self.take_mail())
                else:
                    self.answer("221 bye" if verb == "QUIT" else "250 yes")
                if verb == "QUIT":
                    return

        def take_mail(self) -> str:
            lines = list(iter(self.rfile.readline, b".\r\n"))
            mail = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(mail, EmailMessage)
            kept.mails.append(mail)
            return "250 kept"

        def answer(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads = True
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield kept
        server.shutdown()
        thread.join(5)
