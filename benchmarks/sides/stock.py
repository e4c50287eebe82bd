"""The stock Rasa assistant: `rasa run` on the REST channel, `rasa run actions`, the SQL tracker store."""

import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import httpx

from benchmarks.models import RASA, STOCK, Models, stock_environment
from benchmarks.sides import Answer, NoAnswer
from benchmarks.sides.children import answers, started
from benchmarks.sides.database import Database, fresh_database
from phendula.ports import free_port

PATIENCE_SECONDS = 120


class Stock:
    """Stock Rasa with the given model."""

    name = "stock Rasa"

    def __init__(self, folder: Path, models: Models) -> None:
        self.folder = folder
        self.model = models.stock
        self.examples = models.example_count
        self._stack = ExitStack()
        self._http = httpx.Client(timeout=PATIENCE_SECONDS, trust_env=False)
        self._processes: dict[str, int] = {}
        self._database: Database | None = None

    def __enter__(self) -> "Stock":
        with ExitStack() as stack:
            self._database = stack.enter_context(fresh_database(self.folder))
            actions, engine = free_port(), free_port()
            env = {
                **stock_environment(),
                "STOCK_ACTIONS_URL": f"http://127.0.0.1:{actions}/webhook",
                "STOCK_PGHOST": self._database.socket_folder,
            }
            self._start(
                stack, "actions", ["run", "actions", "--actions", "actions", "--port", str(actions)], env,
                f"http://127.0.0.1:{actions}/health",
            )  # fmt: skip
            run = ["run", "--model", str(self.model), "--port", str(engine), "--interface", "127.0.0.1"]
            run += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
            self._start(stack, "engine", run, env, f"http://127.0.0.1:{engine}/")
            self._url = f"http://127.0.0.1:{engine}/webhooks/rest/webhook"
            self._wait_for_model()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._stack.close()

    def _start(self, stack: ExitStack, role: str, command: list[str], env: dict[str, str], url: str) -> None:
        process = stack.enter_context(
            started(
                [str(RASA), *command],
                env=env,
                log=self.folder / f"{role}.log",
                ready=lambda: answers(url),
                folder=STOCK,
                within_seconds=420,
            )
        )
        self._processes[role] = process.pid

    def _wait_for_model(self) -> None:
        """`rasa run` answers on / before its model is loaded."""
        until = time.monotonic() + 300
        while time.monotonic() < until:
            try:
                self.say("+27600000000", "hello")
            except (NoAnswer, httpx.HTTPError):
                time.sleep(1)
            else:
                return
        raise NoAnswer("the stock assistant does not answer")

    def say(self, person: str, text: str) -> Answer:
        """See Side. Rasa answers in the response to the request."""
        began = time.perf_counter()
        response = self._http.post(self._url, json={"sender": person, "message": text})
        seconds = time.perf_counter() - began
        texts = [reply.get("text", "") for reply in response.raise_for_status().json()]
        if not texts:
            raise NoAnswer(text)
        return Answer(texts, seconds, seconds)

    def roles(self) -> dict[str, list[int]]:
        """See Side."""
        assert self._database is not None
        return {
            **{role: [pid] for role, pid in self._processes.items()},
            "postgres": [self._database.server_process],
        }

    def own_processes(self) -> list[int]:
        """See Side: none."""
        return []
