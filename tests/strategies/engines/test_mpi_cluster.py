"""What ranks of MPI that serve promise: they outlive their hosts, however these end, and let in who has the secret."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

import pytest

from concbench.model.case import Workload
from tests.fresh_interpreter import ROOT
from tests.host.hosts import started
from tests.measure.process_tree import needs_proc
from tests.strategies.engines.clusters import Running, mpi_ranks

pytestmark = needs_proc

SLEEPING = Workload(name="sleep", tasks=12, task_time=0.02)
LONG = Workload(name="sleep", tasks=200, task_time=0.02)
MOMENTS = (0.0, 0.005, 0.02, 0.1)
"""Seconds after a sample has begun: while its executor starts, and while tasks run."""


@pytest.fixture
def ranks() -> Iterator[Running]:
    with TemporaryDirectory() as folder, mpi_ranks(Path(folder)) as running:
        yield running


def test_a_host_that_is_killed_leaves_them_to_the_next_one(ranks: Running) -> None:
    for moment in MOMENTS:
        with started(ROOT) as host:
            assert "ok" in host.open("mpi-cluster", LONG, engine_address=ranks.address)
            killing = Timer(moment, host.process.kill)
            killing.start()
            with suppress(ValueError, BrokenPipeError):  # no answer comes
                host.ask("sample")
            killing.join()
            host.process.wait()
        with started(ROOT) as host:
            assert "ok" in host.sample("mpi-cluster", SLEEPING, engine_address=ranks.address), moment
        assert ranks.is_unchanged()


def test_two_hosts_take_turns(ranks: Running) -> None:
    with started(ROOT) as one, started(ROOT) as other:
        for host in (one, other):
            host.open("mpi-cluster", SLEEPING, engine_address=ranks.address)
        for _ in range(3):
            for host in (one, other):
                host.send(b'{"do": "sample"}')
            assert all(host.line().startswith(b'{"ok"') for host in (one, other))


def test_who_does_not_know_the_secret_is_not_let_in(ranks: Running) -> None:
    place = ranks.address.rpartition("/")[0]
    with started(ROOT) as host:
        failure = host.failure("mpi-cluster", SLEEPING, engine_address=f"{place}/0123456789abcdef")
    assert failure["kind"] == "unavailable"
    assert ranks.is_unchanged()
