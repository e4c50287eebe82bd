"""Two engines on one database, as docs/deploy.md runs them: they change models one after another.

`phendula up` starts none of its own here; both are named in ENGINE_URL.
"""

import os
import signal
from collections.abc import Iterator

import pytest

from phendula.places import ENGINE_PYTHON, ENGINE_START, MODELS
from phendula.ports import free_port
from tests.processes.models import a_twin, name_of, put_into_service, served
from tests.processes.people import people_writing, write_a_while
from tests.processes.running import Process, RunningSystem, answers, start, wait_until
from tests.running_fixtures import product

pytestmark = [pytest.mark.processes, pytest.mark.timeout(900)]


class TwoEngines(RunningSystem):
    """The product with two engines that run apart from it."""

    def start(self) -> None:
        self.ports = [free_port(), free_port()]
        self.env["ENGINE_URL"] = ",".join(map(self.address, self.ports))
        self.engines = {port: self.begin(port) for port in self.ports}
        super().start()
        wait_until(
            "both engines to answer", lambda: all(map(answers, self.env["ENGINE_URL"].split(","))), 240
        )

    def stop(self) -> None:
        super().stop()
        for engine in self.engines.values():
            engine.process.terminate()
            engine.process.wait(60)

    @staticmethod
    def address(port: int) -> str:
        return f"http://127.0.0.1:{port}"

    def begin(self, port: int) -> Process:
        """An engine of its own, beside the product."""
        actions = f"http://127.0.0.1:{self.actions_port}/webhook"
        return start(
            *(str(ENGINE_PYTHON), str(ENGINE_START), "run", "--model", str(MODELS), "--port", str(port)),
            env={**self.env, "ACTIONS_URL": actions},
            folder=self.house,
        )

    def kill_engine(self, port: int) -> None:
        """SIGKILL, at once."""
        os.killpg(self.engines[port].process.pid, signal.SIGKILL)
        self.engines[port].process.wait()

    def serve(self, number: int, *ports: int) -> None:
        """Until the engines, all or these, serve the model."""
        name = name_of(self, number)
        wait_until(
            f"engines to serve {name}",
            lambda: all(served(self.address(port)).endswith(name) for port in ports or self.ports),
            60,
            lambda: "\n".join(engine.tail(20) for engine in self.engines.values()),
        )


@pytest.fixture(scope="module")
def system(trained_model) -> Iterator[TwoEngines]:
    with product(kind=TwoEngines) as system:
        yield system


def changes(system):
    """When each engine had loaded the model that it told of last, and which one that was."""
    return [line for engine in system.engines.values() for line in engine.lines if "Serving model" in line]


def test_they_change_one_after_another_while_people_write(system):
    first = system.rows("SELECT model_id FROM publications ORDER BY id DESC LIMIT 1")[0]["model_id"]
    twin = a_twin(system)
    with people_writing(system) as people:
        write_a_while(people, 2)
        put_into_service(system, twin)
        system.serve(twin)
        write_a_while(people, 1)
        back = system.command("nlu", "rollback", "--why", "the trial is over")
        assert back.stdout.count("serves it") == 2, back.stdout + back.stderr
        system.serve(first)
        write_a_while(people, 1)
    # Both were asked: each conversation has its home at one of them.
    assert len(changes(system)) == 4

    # One dies in the middle of a publication; the other answers, and it comes back with what is published.
    one, other = system.ports
    with people_writing(system) as people:
        write_a_while(people, 1)
        put_into_service(system, twin)
        system.kill_engine(one)
        wait_until(
            "the other to serve it", lambda: served(system.address(other)).endswith(name_of(system, twin)), 60
        )
        write_a_while(people, 2)
        system.engines[one] = system.begin(one)
        wait_until("it to come back", lambda: answers(system.address(one)), 120, system.engines[one].tail)
        system.serve(twin)
        write_a_while(people, 1)
