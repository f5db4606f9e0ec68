"""The open hosts of a block, by case; a case whose host fails or times out is given up, and the others go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from concbench.measure.hanging import reaped_so_far, timed_out
from concbench.measure.host_process import CaseFailed, HostProcess
from concbench.model import Case, Failure


class OpenHosts:
    """Hosts that answer within `timeout` seconds, each with a case."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self._hosts: dict[str, HostProcess] = {}

    def add(self, case: Case, host: HostProcess) -> None:
        """Take in the host of a case."""
        self._hosts[case.id] = host

    def __getitem__(self, case: Case) -> HostProcess:
        """Return the host of a case; raises KeyError where it has none."""
        return self._hosts[case.id]

    def __bool__(self) -> bool:
        """Say whether any is left."""
        return bool(self._hosts)

    def of(self, cases: Sequence[Case]) -> list[Case]:
        """Return those of some cases that have a host."""
        return [case for case in cases if case.id in self._hosts]

    @contextmanager
    def watching_over(
        self, case: Case, doing: str, reaped: int | None = None, allowed: float | None = None
    ) -> Iterator[HostProcess]:
        """Yield a case's host; where it fails or times out in the block, the case is given up, and the run goes on.

        `doing` says what is waited for, as `sampling`, and `allowed` for how long, where it is another time than usual.
        `reaped` is what the host had reaped before, where the request was sent some time ago.
        """
        host = self._hosts[case.id]
        before = reaped_so_far(host.pid) if reaped is None else reaped
        try:
            yield host
        except CaseFailed as failed:
            self.give_up(case, failed.failure)
        except TimeoutError:
            self.give_up(case, timed_out(case, host.pid, allowed or self.timeout, before, doing))

    def give_up(self, case: Case, failure: Failure) -> None:
        """Record why a case has no figures, and end its host, if it has one, with all that it started."""
        case.error = failure
        # What it did before it failed is no answer to the question, and must not look like one.
        case.samples.clear()
        case.watch = None
        case.trace = None
        case.peaks.clear()
        if case.id in self._hosts:
            self.drop(case)

    def drop(self, case: Case) -> None:
        """End the host of a case at once, with all that it started; its figures stay."""
        self._hosts.pop(case.id).end(at_once=True)

    def leave(self) -> None:
        """Tell all of them that there is nothing more to do; they end by themselves, side by side."""
        for host in self._hosts.values():
            host.leave()
