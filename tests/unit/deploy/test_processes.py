"""Real processes: started, watched, restarted and stopped, and none left over."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from deploy import parts, ports
from deploy.broker import Broker
from deploy.errors import DeployError
from deploy.listeners import listens
from deploy.parts import Site
from deploy.process import ROOT, Process
from deploy.supervisor import Part, Supervisor

# A server that says its pid and, asked to end, leaves a line.
SERVER = """
import signal, socketserver, sys
def end(*_):
    print("ended in order", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("hello", flush=True)
socketserver.ThreadingTCPServer.allow_reuse_address = True
address = "127.0.0.1", int(sys.argv[1])
socketserver.ThreadingTCPServer(address, socketserver.BaseRequestHandler).serve_forever()
"""

SUPERVISOR = """
import os, sys, time
from pathlib import Path
from deploy.process import Process
child = Process("part", [sys.executable, "-c", "import time; time.sleep(60)"], os.environ, Path(sys.argv[1]))
child.start()
print(child.pid, flush=True)
time.sleep(60)
"""

WAIT_S = 15.0


def alive(pid: int) -> bool:
    """Whether that process still runs (one that ended and is not yet collected does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def start_process(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    made: list[Process] = []

    def make(code: str, *arguments: str, name: str = "part") -> Process:
        process = Process(
            name, [sys.executable, "-c", code, *arguments], os.environ, tmp_path / f"{name}.log"
        )
        made.append(process)
        return process

    yield make
    for process in made:
        process.stop(grace_s=1)


def test_it_is_ready_when_its_port_answers_and_ends_in_order(start_process, free_port) -> None:
    port = free_port()
    process = start_process(SERVER, str(port))
    process.start()
    process.wait_ready(partial(ports.answers, port), WAIT_S)
    process.stop()
    assert process.exit_status == 0
    assert process.tail() == "hello\nended in order"
    assert ports.is_free(port)


def test_one_that_ends_before_it_is_ready_says_why(start_process) -> None:
    process = start_process("raise SystemExit('the disk is full')")
    process.start()
    with pytest.raises(DeployError, match=r"part ended with status 1\.\nthe disk is full"):
        process.wait_ready(lambda: False, WAIT_S)


def test_why_it_failed_is_told_of_this_run_alone_though_the_log_has_them_all(start_process) -> None:
    code = "import sys; print('error of an earlier run' if sys.argv[1] == '1' else 'ready', flush=True)"
    first, second = start_process(code, "1"), start_process(code, "2")
    for process in (first, second):
        process.start()
        assert process.wait(WAIT_S) == 0
    assert second.tail() == "ready"
    assert second.log.read_text() == "error of an earlier run\nready\n"
    second.start()  # and again, as a supervisor does
    assert second.wait(WAIT_S) == 0
    assert second.tail() == "ready"


def test_one_that_is_not_ready_in_time_says_so(start_process) -> None:
    process = start_process("print('still thinking', flush=True); import time; time.sleep(60)")
    process.start()
    until(lambda: "thinking" in process.tail())
    with pytest.raises(DeployError, match=r"not ready after 0 s\.\nstill thinking"):
        process.wait_ready(lambda: False, 0.2)


def test_a_command_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    process = Process("broker", ["/nowhere/mosquitto"], os.environ, tmp_path / "log")
    with pytest.raises(DeployError, match="broker cannot be started") as error:
        process.start()
    assert "\n" not in str(error.value)


def test_one_that_will_not_end_is_killed_with_its_children(start_process) -> None:
    process = start_process(
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    process.start()
    until(lambda: process.tail().isdecimal())
    child = int(process.tail())
    assert alive(child)
    process.stop(grace_s=0.3)
    assert process.exit_status == -signal.SIGKILL
    until(lambda: not alive(child))


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path / "log")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with supervisor:
        assert supervisor.stdout is not None
        child = int(supervisor.stdout.readline())
        assert alive(child)
        supervisor.kill()
    until(lambda: not alive(child))


def test_a_crashed_part_starts_again_after_a_pause_that_doubles(start_process, free_port) -> None:
    port = free_port()
    said: list[str] = []
    supervisor = Supervisor(said.append)
    part = Part(start_process(SERVER, str(port), name="ingest"), partial(ports.answers, port))
    supervisor.start(part)
    for pause in ("0.5", "1.0"):
        part.process.kill()
        supervisor.wait_ready(WAIT_S)
        assert any(f"ended with status -9; again in {pause} s" in line for line in said)
    assert said[-1] == "ingest started again"
    supervisor.stop()
    assert not part.process.running


def test_parts_stop_in_reverse_order(start_process, free_port) -> None:
    supervisor = Supervisor(print)
    processes: list[Process] = []
    for name in ("broker", "ingest", "api"):
        port = free_port()
        processes.append(start_process(SERVER, str(port), name=name))
        supervisor.start(Part(processes[-1], partial(ports.answers, port)))
    supervisor.stop()
    assert [process.exit_status for process in processes] == [0, 0, 0]
    # The last thing each logged is that it ended.
    last_words = sorted(processes, key=lambda process: process.log.stat().st_mtime_ns)
    assert [process.name for process in last_words] == ["api", "ingest", "broker"]


def test_a_port_that_is_taken_is_left_and_one_demanded_is_refused(start_process, free_port) -> None:
    port = free_port()
    assert ports.pick(port) == port
    process = start_process(SERVER, str(port))
    process.start()
    process.wait_ready(partial(ports.answers, port), WAIT_S)
    assert ports.pick(port) != port
    with pytest.raises(DeployError, match=f"port {port} is taken"):
        ports.pick(port, demanded=port)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says whose port it is")
def test_an_answer_from_another_program_is_not_taken_for_ours(
    start_process, free_port, tmp_path: Path
) -> None:
    port = free_port()
    other = start_process(SERVER, str(port), name="other")
    other.start()
    other.wait_ready(partial(ports.answers, port), WAIT_S)
    assert listens(other.pid, port)
    assert not listens(os.getpid(), port)

    site = Site(tmp_path, tmp_path / "inventory.toml", broker_port=port, api_port=0, metrics_port=0)
    ours = parts.broker(
        site, Broker("late", lambda *_: [sys.executable, "-c", "import time; time.sleep(60)"])
    )
    ours.process.start()
    try:
        assert ports.answers(port)
        assert not ours.ready()
    finally:
        ours.process.stop(grace_s=1)
