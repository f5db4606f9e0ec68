"""One host, seen from outside: a process that answers a line for a line, and says why when it can't."""

from __future__ import annotations

import json
import os
import queue
import secrets
import signal
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from subprocess import TimeoutExpired
from typing import IO, Any, TextIO

import msgspec

import concbench.host
from concbench.host.failures import BUS_ERROR
from concbench.measure.containment import Containment, KeeperKilled
from concbench.measure.plan import Launch
from concbench.model import Case, Failure

Answer = dict[str, Any]

HOST = Path(concbench.host.__file__).with_name("__main__.py")

LEAVE = 2.0
"""Seconds that a host has to end by itself once its stdin is closed."""
LONGEST = 256 * 1024 * 1024
"""Bytes of an answer; a trace of millions of tasks is the longest, and far shorter."""
DISTURBED = "a task wrote into the pipe of the host's answers: it writes to file descriptors that it did not open"


class _Said(msgspec.Struct):
    """What a host answers: one of the two."""

    ok: dict[str, Any] | None = None
    failure: Failure | None = None


class CaseFailed(Exception):
    """A request could not be answered; `failure` is what the case's row says."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(frozen=True)
class HostOptions:
    """How a host is started."""

    hash_seed: int
    padding: int
    """Bytes added to the environment."""
    launch: Launch = field(default_factory=Launch)
    import_path: str | None = None
    """Where an interpreter finds concbench that has it not installed."""
    write_bytecode: bool = False
    """Whether concbench's own modules are compiled to disk even where PYTHONDONTWRITEBYTECODE is set: a host that
    compiles them itself is 0.8 MB heavier for it, and what a host weighs every forked worker copies."""
    task_output: TextIO | None = None
    """Where what tasks print goes; None: concbench's own stderr."""


class HostProcess:
    """A running host; ended by `end`."""

    def __init__(self, containment: Containment, options: HostOptions) -> None:
        environment = {
            **os.environ,
            **options.launch.environment,
            "PYTHONHASHSEED": str(options.hash_seed),
            "CONCBENCH_PADDING": "x" * options.padding,
        }
        if options.write_bytecode:
            environment.pop("PYTHONDONTWRITEBYTECODE", None)
        first = [*options.launch.paths, *([options.import_path] if options.import_path is not None else [])]
        if first:
            environment["PYTHONPATH"] = os.pathsep.join([*first, *filter(None, [environment.get("PYTHONPATH")])])
        # -P: a file of the current folder must not stand in for a module of the standard library.
        # By path: -m would have the host carry runpy, which a plain script does not.
        command = [options.launch.python, "-P", str(HOST)]
        self._ended = False
        self.left = 0
        """How many processes were left behind when it had ended."""
        self._containment = containment
        self._process = containment.start(command, environment, options.task_output, options.launch.folder)
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._token = secrets.token_hex(16)
        if self._process.stdout is None:
            raise AssertionError("it was asked for")
        reader = threading.Thread(
            target=_read_into, args=(self._process.stdout, self._answers, self._token.encode()), daemon=True
        )
        reader.start()

    @property
    def pid(self) -> int:
        """The host's process id."""
        return self._process.pid

    def ask(self, request: Answer, timeout: float) -> Answer:
        """Send a request and return its answer; raises CaseFailed, and TimeoutError after so many seconds."""
        self.send(request)
        return self.answered(timeout)

    def open(self, case: Case, timeout: float) -> Answer:
        """Let the host take on a case; returns the facts that it answers with, and raises as `ask` does."""
        self.send_case(case)
        return self.answered(timeout)

    def send_case(self, case: Case, examined: str | None = None) -> None:
        """Let the host take on a case, and don't wait until it has; `examined` is what is known of its function."""
        description = {
            "experiment": case.experiment,
            "subject": case.subject,
            "workload": {**asdict(case.workload), "examined": examined},
            "settings": asdict(case.settings),
        }
        self.send({"do": "open", "case": description})

    def answered(self, timeout: float) -> Answer:
        """Return the answer to what was sent; raises as `ask` does."""
        answer = self.answer(timeout)
        if answer is None:
            raise TimeoutError
        return answer

    def send(self, request: Answer) -> None:
        """Send a request, and don't wait."""
        if self._process.stdin is None:
            raise AssertionError("it was asked for")
        with suppress(BrokenPipeError):  # it has died, and the answer will say so
            self._process.stdin.write(json.dumps({**request, "token": self._token}).encode() + b"\n")
            self._process.stdin.flush()

    def answer(self, timeout: float) -> Answer | None:
        """Return the answer to what was sent, None if it is not there within `timeout` seconds; raises CaseFailed."""
        try:
            line = self._answers.get(timeout=timeout)
        except queue.Empty:
            return None
        if line is None:
            raise CaseFailed(Failure(kind="host died", message=self._how_it_died()))
        try:
            said = msgspec.convert(json.loads(line.removeprefix(self._token.encode())), _Said)
        except (ValueError, RecursionError):  # of msgspec's, too: a task wrote into the middle of the answer
            said = _Said()
        if said.failure is not None:
            raise CaseFailed(said.failure)
        if said.ok is None:
            raise CaseFailed(Failure(kind="host died", message=DISTURBED))
        return said.ok

    def leave(self) -> None:
        """Tell the host that there is nothing more to do; it ends by itself."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()

    def end(self, at_once: bool = False) -> None:
        """End the host, and whatever it started; does nothing the second time."""
        if self._ended:
            return
        self._ended = True
        self.left = self._containment.end(self._process, grace=0.0 if at_once else LEAVE)

    def _how_it_died(self) -> str:
        try:
            code = self._process.wait(LEAVE)
        except TimeoutExpired:
            return "the host closed its output and went on: a task closed all files"
        except KeeperKilled:
            return "the process above the host was killed, and the host with it: a task killed its parent"
        if code == -getattr(signal, "SIGBUS", 0):
            return f"the host was killed by signal {-code}: {BUS_ERROR}"
        if code < 0:
            return f"the host was killed by signal {-code}: a task crashed the interpreter, or memory ran out"
        return f"the host ended with exit status {code} in the middle of it: a task ended the interpreter"


def _read_into(stream: IO[bytes], answers: queue.SimpleQueue[bytes | None], token: bytes) -> None:
    """Pass on a host's answers, in a thread of its own; see `pass_on`."""
    if hasattr(signal, "pthread_sigmask"):
        # Python acts on a signal in the main thread only, which would sleep on if the system woke this one with it.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    pass_on(stream, answers, token)


def pass_on(stream: IO[bytes], answers: queue.SimpleQueue[bytes | None], token: bytes) -> None:
    """Pass on a host's answers, and a None at their end.

    A line that does not begin with the token is not the host's. Nothing is passed on in its place, and no more is read:
    a task that goes on writing has to wait, and fills no memory.
    """
    try:
        while line := stream.readline(LONGEST):
            if not line.startswith(token[: len(line)]) or len(line) == LONGEST:
                answers.put(b"")
                return
            if line.endswith(b"\n"):  # else the host has died in the middle of it
                answers.put(line)
    except ValueError:
        pass  # the stream was closed while it was read: nobody waits for this host any more
    answers.put(None)
