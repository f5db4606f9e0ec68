"""Under other interpreters, every engine that has wheels for them runs; `make tests` installs it there."""

from __future__ import annotations

import pytest

from concbench.model.case import Workload
from concbench.strategies.strategy import of_engines
from tests.e2e.command import usually
from tests.fresh_interpreter import ROOT
from tests.host.hosts import started
from tests.measure.process_tree import needs_proc
from tests.other_interpreters import PYTHONS

pytestmark = needs_proc

ENGINES = ROOT / "build" / "engines"
NAMES = sorted(
    (path.name for path in PYTHONS if not path.name.endswith("t")), key=lambda name: int(name.partition(".")[2])
)
WITHOUT_RAY = ("python3.15",)
"""Ray has no wheels for it yet."""
WITH_RAY = [name for name in NAMES if name not in WITHOUT_RAY]
SHORT = Workload(name="sleep", tasks=4, task_time=0.001)


@pytest.mark.parametrize(
    "name",
    usually(*NAMES[-1:], *WITH_RAY[-1:], among=NAMES)
    or [pytest.param("none", marks=pytest.mark.skip(reason="no interpreters"))],
)
def test_every_engine_answers_a_sample_cold_and_warm(name: str) -> None:
    python = ENGINES / name / "bin" / "python"
    assert python.exists(), f"no engines are installed for it: make build/engines/{name}/installed"
    with started(ROOT, python=str(python)) as host:
        for engine in of_engines():
            if engine == "ray" and name in WITHOUT_RAY:
                failure = host.failure(engine, SHORT, workers=2)
                assert failure["kind"] == "unavailable"
                assert "pip install ray" in failure["message"]
                continue
            assert host.figures(engine, SHORT, workers=2)["run"] > 0
            assert "ok" in host.open(engine, SHORT, workers=2, warm=True)
            assert host.ask("sample")["ok"]["start"] == 0
            host.open("serial", SHORT)  # which ends it
        assert host.leave() == 0
