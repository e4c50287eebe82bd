"""The supervisor with small children of our own: readiness, restart, order of stopping, no orphans."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import psutil
import pytest

from phendula.supervisor import NotReadyError, ProcessPlan, Supervisor, describe_exit

SLEEPER = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(0)); print('up'); time.sleep(60)"


def plan(name, code, folder, **more):
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return ProcessPlan(name=name, command=[sys.executable, "-c", code], env=env, folder=folder, **more)


class Told(list):
    """Collects what the supervisor tells."""

    def __call__(self, name, line):
        self.append((name, line))

    def wait_for(self, name, words, within_seconds=60):
        until = time.monotonic() + within_seconds
        while time.monotonic() < until:
            if any(name == told and words in line for told, line in list(self)):
                return
            time.sleep(0.02)
        raise AssertionError(f"never told {name}: {words}; told: {self}")


def run_until(supervisor, told, *awaited):
    """Runs the supervisor in this thread until it has told each (name, words), then stops it, in any case."""

    def stop_later():
        try:
            for name, words in awaited:
                told.wait_for(name, words)
        finally:
            supervisor.stop()

    watcher = threading.Thread(target=stop_later)
    watcher.start()
    supervisor.run(lambda: told("test", "ready"))
    watcher.join()


def test_children_stop_in_the_reverse_order_of_their_start(tmp_path):
    told = Told()
    plans = [plan(name, SLEEPER, tmp_path) for name in ("first", "second", "third")]
    supervisor = Supervisor(plans, told)
    run_until(supervisor, told, *[(one.name, "up") for one in plans])
    stopping = [line for name, line in told if name == "phendula" and line.startswith("stopping")]
    assert stopping == ["stopping third", "stopping second", "stopping first"]


def test_a_child_that_falls_is_started_again(tmp_path):
    code = (
        "import pathlib, sys, time\n"
        "mark = pathlib.Path('mark')\n"
        "if not mark.exists(): mark.touch(); sys.exit(3)\n"
        "print('second life'); time.sleep(60)"
    )
    told = Told()
    supervisor = Supervisor([plan("faller", code, tmp_path)], told)
    run_until(supervisor, told, ("faller", "second life"))
    assert ("phendula", "faller ended with 3; it starts again in 1 s") in told


def test_ready_waits_for_all(tmp_path):
    file = tmp_path / "there"
    code = "import pathlib, time; time.sleep(0.5); pathlib.Path('there').touch(); time.sleep(60)"
    told = Told()
    supervisor = Supervisor([plan("slow", code, tmp_path, ready=file.exists)], told)
    seen = []

    def when_ready():
        seen.append(file.exists())
        supervisor.stop()

    supervisor.run(when_ready)
    assert seen == [True]


def test_one_that_never_gets_ready_is_named_with_its_last_words(tmp_path):
    told = Told()
    hopeless = plan("hopeless", "import time; print('I lack a thing'); time.sleep(60)", tmp_path)
    hopeless = ProcessPlan(**{**vars(hopeless), "ready": lambda: False, "ready_within_seconds": 1.0})
    with pytest.raises(NotReadyError, match=r"(?s)hopeless was not ready within 1 s.*I lack a thing"):
        Supervisor([hopeless], told).run(lambda: None)


def test_a_program_that_is_missing_is_named(tmp_path):
    missing = ProcessPlan(name="ghost", command=["/nowhere/ghost"], env={}, folder=tmp_path)
    with pytest.raises(NotReadyError, match="ghost could not be started"):
        Supervisor([missing], Told()).run(lambda: None)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the death signal is Linux's")
def test_no_orphans_when_the_supervisor_is_killed(tmp_path):
    program = textwrap.dedent(f"""
        import os
        from pathlib import Path
        from phendula.supervisor import ProcessPlan, Supervisor
        command = [{sys.executable!r}, "-c", {SLEEPER!r}]
        sleeper = ProcessPlan("sleeper", command, dict(os.environ), Path({str(tmp_path)!r}))
        Supervisor([sleeper]).run(lambda: None)
    """)
    supervisor = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        for line in supervisor.stdout:
            if "up" in line:
                break
        (child,) = psutil.Process(supervisor.pid).children()
    finally:
        supervisor.kill()
        supervisor.wait()
    child.wait(10)
    assert not child.is_running()


def test_an_exit_is_told_in_words():
    assert describe_exit(2) == "ended with 2"
    assert describe_exit(-signal.SIGKILL) == "was ended by SIGKILL"
