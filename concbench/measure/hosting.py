"""Starting hosts: what those of a run have in common, and a host that is started for one request."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from concbench.measure.containment import Containment, contained
from concbench.measure.host_process import Answer, CaseFailed, HostOptions, HostProcess
from concbench.measure.interpreters import import_path_for
from concbench.measure.plan import Launch
from concbench.model import Failure, HostRecord

OPENING = 60.0
"""Seconds that an interpreter may take to start and take on a case, on however busy a machine."""


class Unmeasurable(Exception):
    """Nothing can be measured on this system as it is; the text says why, and what to do."""


@dataclass(frozen=True)
class Hosting:
    """What all hosts of a run have in common, whichever side they are on."""

    containment: Containment
    import_path: str | None = None
    """Where an interpreter finds concbench that has it not installed."""
    task_output: TextIO | None = None
    """Where what tasks print goes; None: concbench's own stderr."""

    @property
    def folder(self) -> Path:
        """A folder that is removed with all that is in it, however the run ends."""
        return self.containment.folder

    def start(self, launch: Launch, record: HostRecord | None = None) -> HostProcess:
        """Start a host, without a record for what is not timed; raises OSError where the system refuses to."""
        options = HostOptions(
            hash_seed=record.hash_seed if record else 0,
            padding=record.padding if record else 0,
            launch=launch,
            import_path=self.import_path,
            write_bytecode=record is None,
            task_output=self.task_output,
        )
        return HostProcess(self.containment, options)

    @contextmanager
    def host(self, launch: Launch, record: HostRecord | None = None) -> Iterator[HostProcess]:
        """Start a host as `start` does; it is ended here, if not before."""
        host = self.start(launch, record)
        at_once = True
        try:
            yield host
            at_once = False
        finally:
            host.end(at_once)

    def asked_once(self, request: Answer, launch: Launch, timeout: float | None = None) -> Answer | Failure:
        """Return the answer of a host that is started for one request, or why there is none."""
        return self.asked([request], launch, timeout)[0]

    def asked(self, requests: Sequence[Answer], launch: Launch, timeout: float | None = None) -> list[Answer | Failure]:
        """Return the answers of a host that is started for some requests, or why there is none from one of them on."""
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
def hosts_under(pythons: list[str], task_output: Path | None) -> Iterator[Hosting]:
    """Yield what starts the hosts of a run under these interpreters; no process of theirs is left at the end.

    Raises OSError where the file for what tasks print can't be opened, and Unmeasurable.
    """
    if sys.platform == "linux" and not Path("/proc/self/stat").exists():
        raise Unmeasurable(
            "/proc is not mounted, so what tasks start can't be seen, nor ended: mount it (mount -t proc proc /proc)"
        )
    with ExitStack() as stack:
        containment = stack.enter_context(contained())
        import_path = stack.enter_context(import_path_for(*pythons, inside=containment.folder))
        output = stack.enter_context(task_output.open("a")) if task_output is not None else None
        yield Hosting(containment, import_path, output)


def refused(error: OSError) -> Failure:
    """Return the failure of a case whose host could not be started: limits on processes, files, memory."""
    return Failure(kind="refused", message=f"the system refuses to start a host: {error}")
