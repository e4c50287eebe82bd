"""The desk as a real web process on a database of its own, and the people who sign in to it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from crm_store.services.sign_in import hashed
from crm_store.tables import User
from phendula.ports import free_port
from tests.processes.running import Process, answers, start, wait_until

PASSWORD = "izinkomo zidla utshani"
_HASHED = hashed(PASSWORD)
_numbers = count(1)


class DeskServer:
    """A web process and its database; without engine and worker, which the desk's pages do not need."""

    def __init__(self, database_url: str) -> None:
        self.database_url, self.port = database_url, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://", 1))
        self.process: Process | None = None

    def start(self) -> None:
        """Starts the web process and waits until it answers."""
        env = {**os.environ, "DATABASE_URL": self.database_url, "PHENDULA_PORT": str(self.port)}
        self.process = start(sys.executable, "-m", "phendula", "web", env=env)
        wait_until("the desk", lambda: answers(f"{self.address}/health"), 60, self.process.tail)

    def stop(self, within_seconds: float = 30) -> int:
        """Stops it in order; gives its exit code."""
        assert self.process is not None
        self.process.process.terminate()
        return self.process.process.wait(within_seconds)

    def close(self) -> None:
        """Lets go of the database."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction on the desk's database."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    def user(self, username: str, role: str = "agent", **more: object) -> User:
        """Somebody who may sign in with PASSWORD."""
        with self.transaction() as session:
            user = User(username=username, name=username.title(), role=role, password_hash=_HASHED, **more)
            session.add(user)
        return user

    def sign_in(self, page, username: str, next: str = "/desk/") -> None:
        """Signs somebody in at a page of Chromium, as people do."""
        page.goto(f"{self.address}/desk/sign-in?next={next}")
        page.locator("#username").fill(username)
        page.locator("#password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{self.address}{next}")


@contextmanager
def desk_server(database_server: str) -> Iterator[DeskServer]:
    """A served desk on a fresh copy of the template database."""
    name, server = f"desk_{next(_numbers)}", database_server.replace("/phendula?", "/postgres?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE phendula")
    desk = DeskServer(database_server.replace("/phendula?", f"/{name}?"))
    try:
        desk.start()
        yield desk
    finally:
        if desk.process is not None and desk.process.process.poll() is None:
            desk.stop()
        desk.close()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
