"""Hosts from outside: how they are started, asked and ended, and why one did not answer."""

from __future__ import annotations

import json
import os
import queue
import secrets
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from subprocess import TimeoutExpired
from typing import IO, Any, TextIO

import msgspec
import psutil

import concbench.host
from concbench.host.failures import BUS_ERROR
from concbench.host.process_tree import descendants
from concbench.measure.containment import Containment, KeeperKilled, contained
from concbench.measure.containment.guardian import command_line, is_tracker, stat_fields
from concbench.measure.interpreters import import_path_for
from concbench.measure.plan import Launch
from concbench.model.case import Case
from concbench.model.result import Failure, HostRecord
from concbench.strategies.strategy import known, strategies

Answer = dict[str, Any]

HOST = Path(concbench.host.__file__).with_name("__main__.py")
LEAVE = 2.0
"""Seconds that a host has to end by itself once its stdin is closed."""
OPENING = 60.0
"""Seconds that an interpreter may take to start and open a case, however busy the machine is."""
LONGEST = 256 * 1024 * 1024
"""Bytes of an answer; the longest is a trace of millions of tasks, and far shorter."""
DISTURBED = "a task wrote into the pipe of the host's answers: it writes to file descriptors that it did not open"
FORK_SERVER = b"multiprocessing.forkserver"


class CaseFailed(Exception):
    """A request could not be answered; `failure` is what the case's row says."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Unmeasurable(Exception):
    """Nothing can be measured on this system as it is; the text says why, and what to do."""


class _Reply(msgspec.Struct):
    """What a host answers: one of the two."""

    ok: dict[str, Any] | None = None
    failure: Failure | None = None


class HostProcess:
    """A running host, which answers a line for a line; ended by `end`."""

    def __init__(self, launcher: Launcher, launch: Launch, record: HostRecord | None) -> None:
        environment = {
            **os.environ,
            **launch.environment,
            "PYTHONHASHSEED": str(record.hash_seed if record else 0),
            "CONCBENCH_PADDING": "x" * (record.padding if record else 0),
        }
        if record is None:
            # Compiles what other hosts need, to disk: compiling makes a host 0.8 MB heavier, and every forked worker
            # copies what a host weighs.
            environment.pop("PYTHONDONTWRITEBYTECODE", None)
        first = [*launch.paths, *([launcher.import_path] if launcher.import_path is not None else [])]
        if first:
            own = [*filter(None, [environment.get("PYTHONPATH")])]
            environment["CONCBENCH_PYTHONPATH"] = os.pathsep.join([*launch.paths, *own])  # that of commands
            environment["PYTHONPATH"] = os.pathsep.join([*first, *own])
        # -P: a file of the current folder must not stand in for a module of the standard library.
        # By path: with -m, the host would carry runpy, which a plain script does not.
        command = [launch.python, "-P", *(launch.program or [str(HOST)])]
        self._ended = False
        self._dies_together = False
        """Whether its case's engine kills it once a worker has died."""
        self.left = 0
        """Number of processes that were left behind when it had ended."""
        self._containment = launcher.containment
        self._process = self._containment.start(command, environment, launcher.task_output, launch.folder)
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._token = secrets.token_hex(16)
        if self._process.stdout is None:
            raise AssertionError("it was asked for")
        arguments = self._process.stdout, self._answers, self._token.encode()
        threading.Thread(target=_read_into, args=arguments, daemon=True).start()

    @property
    def pid(self) -> int:
        """The host's process id."""
        return self._process.pid

    def ask(self, request: Answer, timeout: float) -> Answer:
        """Send a request and return its answer; raises CaseFailed, and TimeoutError after `timeout` seconds."""
        self.send(request)
        return self.answered(timeout)

    def open(self, case: Case, timeout: float) -> Answer:
        """Let the host open a case; returns what it found out about it, and raises as `ask` does."""
        self.send_case(case)
        return self.answered(timeout)

    def send_case(self, case: Case, examined: str | None = None) -> None:
        """Let the host open a case, without waiting; `examined` is the file with what is known of its function."""
        self._dies_together = _dies_together(case)
        description = {
            "experiment": case.experiment,
            "subject": case.subject,
            "workload": {**asdict(case.workload), "examined": examined},
            "settings": asdict(case.settings),
        }
        self.send({"do": "open", "case": description})

    def send(self, request: Answer) -> None:
        """Send a request, without waiting."""
        if self._process.stdin is None:
            raise AssertionError("it was asked for")
        with suppress(BrokenPipeError):  # it has died, and the answer will say so
            self._process.stdin.write(json.dumps({**request, "token": self._token}).encode() + b"\n")
            self._process.stdin.flush()

    def answered(self, timeout: float) -> Answer:
        """The answer to what was sent; raises as `ask` does."""
        answer = self.answer(timeout)
        if answer is None:
            raise TimeoutError
        return answer

    def answer(self, timeout: float) -> Answer | None:
        """The answer to what was sent, None if it doesn't come within `timeout` seconds; raises CaseFailed."""
        try:
            line = self._answers.get(timeout=timeout)
        except queue.Empty:
            return None
        if line is None:
            raise CaseFailed(self._how_it_died())
        try:
            reply = msgspec.convert(json.loads(line.removeprefix(self._token.encode())), _Reply)
        except (ValueError, RecursionError):  # msgspec's, too: a task wrote into the middle of the answer
            reply = _Reply()
        if reply.failure is not None:
            raise CaseFailed(reply.failure)
        if reply.ok is None:
            raise CaseFailed(died(DISTURBED))
        return reply.ok

    def leave(self) -> None:
        """Tell the host that there is nothing more to do, so that it ends by itself."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()

    def end(self, at_once: bool = False) -> None:
        """End the host and everything it started; does nothing the second time."""
        if self._ended:
            return
        self._ended = True
        self.left = self._containment.end(self._process, grace=0.0 if at_once else LEAVE)

    def _how_it_died(self) -> Failure:
        """Why there will be no answer any more."""
        try:
            code = self._process.wait(LEAVE)
        except TimeoutExpired:
            return died("the host closed its output and went on: a task closed all files")
        except KeeperKilled:
            return died("the process above the host was killed, and the host with it: a task killed its parent")
        if self._dies_together and code == -signal.SIGKILL:
            return Failure(
                kind="worker died",
                message="a worker died in the middle of a task, and its engine killed the others and the host",
            )
        if code == -getattr(signal, "SIGBUS", 0):
            return died(f"the host was killed by signal {-code}: {BUS_ERROR}")
        if code < 0:
            return died(f"the host was killed by signal {-code}: a task crashed the interpreter, or memory ran out")
        return died(f"the host ended with exit status {code} in the middle of it: a task ended the interpreter")


def died(how: str) -> Failure:
    """The failure of a case whose host has died."""
    return Failure(kind="host died", message=how)


def _read_into(stream: IO[bytes], answers: queue.SimpleQueue[bytes | None], token: bytes) -> None:
    """Run `pass_on` in a thread of its own."""
    if hasattr(signal, "pthread_sigmask"):
        # Python handles signals in the main thread only, which would sleep on if the system woke this one instead.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    pass_on(stream, answers, token)


def pass_on(stream: IO[bytes], answers: queue.SimpleQueue[bytes | None], token: bytes) -> None:
    """Pass on a host's answers, and a None at their end.

    A line that does not begin with the token is not the host's: an empty line is passed on in its place, and reading
    stops, so that a task that keeps writing has to wait and fills no memory.
    """
    try:
        while line := stream.readline(LONGEST):
            if not line.startswith(token[: len(line)]) or len(line) == LONGEST:
                answers.put(b"")
                return
            if line.endswith(b"\n"):  # else the host has died in the middle of it
                answers.put(line)
    except ValueError:
        pass  # the stream was closed while it was read: nothing waits for this host any more
    answers.put(None)


# Starting


@dataclass(frozen=True)
class Launcher:
    """Starts hosts, with what all hosts of a run have in common on every side."""

    containment: Containment
    import_path: str | None = None
    """Where an interpreter without concbench finds it."""
    task_output: TextIO | None = None
    """Where the output of tasks goes; None: concbench's own stderr."""

    @property
    def folder(self) -> Path:
        """A folder that is removed with everything in it, however the run ends."""
        return self.containment.folder

    def start(self, launch: Launch, record: HostRecord | None = None) -> HostProcess:
        """Start a host, without a record where nothing is timed; raises OSError where the system refuses."""
        return HostProcess(self, launch, record)

    @contextmanager
    def host(self, launch: Launch, record: HostRecord | None = None) -> Iterator[HostProcess]:
        """Start a host as `start` does; it has ended when this is left."""
        host = self.start(launch, record)
        at_once = True
        try:
            yield host
            at_once = False
        finally:
            host.end(at_once)

    def asked_once(self, request: Answer, launch: Launch, timeout: float | None = None) -> Answer | Failure:
        """The answer of a host started for one request, or why there is none."""
        return self.asked([request], launch, timeout)[0]

    def asked(self, requests: Sequence[Answer], launch: Launch, timeout: float | None = None) -> list[Answer | Failure]:
        """The answers of a host started for some requests; from the first that fails on, why there is none."""
        timeout = timeout or OPENING
        answers: list[Answer | Failure] = []
        try:
            with self.host(launch) as host:
                for request in requests:
                    answers.append(host.ask(request, timeout))  # noqa: PERF401 - those before a failure are kept
        except CaseFailed as failed:
            failure = failed.failure
        except TimeoutError:
            doing = requests[len(answers)]["do"]
            failure = Failure(kind="timeout", message=f"to {doing} took more than {timeout:g} s")
        except OSError as error:
            failure = refused(error)
        else:
            return answers
        return [*answers, *[failure] * (len(requests) - len(answers))]


@contextmanager
def launcher_for(pythons: list[str], task_output: Path | None) -> Iterator[Launcher]:
    """What starts the hosts of a run under these interpreters; none of their processes is left at the end.

    Raises OSError where the file for the output of tasks can't be opened, and Unmeasurable.
    """
    if sys.platform == "linux" and not Path("/proc/self/stat").exists():
        raise Unmeasurable(
            "/proc is not mounted, so the processes that tasks start can't be seen or ended: "
            "mount it (mount -t proc proc /proc)"
        )
    with ExitStack() as stack:
        containment = stack.enter_context(contained())
        import_path = stack.enter_context(import_path_for(*pythons, inside=containment.folder))
        output = stack.enter_context(task_output.open("a")) if task_output is not None else None
        yield Launcher(containment, import_path, output)


def refused(error: OSError) -> Failure:
    """The failure of a case whose host could not be started: limits on processes, files, memory."""
    return Failure(kind="refused", message=f"the system refuses to start a host: {error}")


# No answer in time


def reaped_so_far(pid: int) -> int | None:
    """A number that grows whenever a host, or its fork server, reaps a child; None where it is unknown.

    It is the count of minor page faults of reaped children in /proc/PID/stat (Linux): every process has some.
    """
    own = _faults_of_reaped(pid)
    if own is None:
        return None
    return own + sum(_faults_of_reaped(each) or 0 for each in descendants(pid) or () if _is_fork_server(each, pid))


def _faults_of_reaped(pid: int) -> int | None:
    fields = stat_fields(pid)
    return int(fields[8]) if fields else None


def _is_fork_server(pid: int, host: int) -> bool:
    # Its workers are forks of it with its command line, but the host is not their parent.
    fields = stat_fields(pid)
    return bool(fields) and int(fields[1]) == host and FORK_SERVER in command_line(pid)


def timed_out(case: Case, pid: int, timeout: float, reaped_before: int | None, doing: str = "") -> Failure:
    """The failure of a case whose host `pid` did not answer within `timeout` seconds while `doing` something.

    `reaped_before` is `reaped_so_far` at the start. A `Pool` replaces a worker that dies, and waits without end for
    the result that it owed: so a pool that lost a worker and is complete again has failed for that reason. A pool being
    closed has lost workers, too, but does not replace them: then something else takes long, such as a `__del__`.
    """
    if (
        _keeps_workers(case)
        and case.settings.maxtasksperchild is None
        and reaped_so_far(pid) != reaped_before
        and _workers_now(pid) >= (case.settings.workers or 1)
    ):
        return Failure(
            kind="worker died",
            message="a worker of the pool died in the middle of a task; "
            f"its result did not come within {timeout:g} s (--timeout)",
        )
    workers = _workers_left(pid)
    still = f"; {workers} worker process{'es' if workers != 1 else ''} still there" if workers else ""
    while_ = f" while {doing}" if doing else ""
    return Failure(kind="timeout", message=f"no result after {timeout:g} s (--timeout){while_}{still}")


def _workers_left(pid: int) -> int:
    """The number of processes that a host has started, and those have, without what multiprocessing keeps to help."""
    try:
        found = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return 0
    return sum(not _is_fork_server(each.pid, pid) and not is_tracker(each.pid) for each in found)


def _workers_now(pid: int) -> int:
    """The number of a host's workers: its children and those of its fork server, except helper processes."""
    try:
        children = psutil.Process(pid).children()
        servers = [child for child in children if _is_fork_server(child.pid, pid)]
        forked = [each for server in servers for each in server.children()]
    except psutil.NoSuchProcess:
        return 0
    return len(forked) + sum(child not in servers and not is_tracker(child.pid) for child in children)


def _dies_together(case: Case) -> bool:
    """Whether a case's engine kills the host once a worker has died."""
    strategy = known(case.subject) if case.experiment == "tasks" else None
    return strategy is not None and strategy.dies_together


def _keeps_workers(case: Case) -> bool:
    """Whether a case has a pool of processes, which live on from one task to the next."""
    if case.experiment != "tasks":
        return False
    strategy = strategies.get(case.subject)
    return strategy.workers == "processes" and "workers" in strategy.settings
