"""What is asked of a cluster's workers promises: what a process uses with all below it, and unknown without psutil."""

from __future__ import annotations

import subprocess
import sys

from concbench.strategies.engines.cluster import usage_of
from tests.fresh_interpreter import ROOT
from tests.measure.process_tree import needs_proc

HOLDS = "held = bytearray(b'.') * 50_000_000; print(flush=True); input()"
WITHOUT = """
import sys
sys.modules["psutil"] = None
from concbench.strategies.engines.cluster import usage_of
print(usage_of())
"""


@needs_proc
def test_memory_is_of_a_process_and_all_below_it() -> None:
    before = usage_of()
    with subprocess.Popen([sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        alone, together = usage_of(child.pid), usage_of()
        child.communicate(b"\n")
    assert alone["memory"] >= 50_000_000
    assert together["memory"] >= before["memory"] + 50_000_000
    assert together["cpu"] >= before["cpu"]


def test_without_psutil_both_are_unknown() -> None:
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert said.stdout.strip() == str({"cpu": None, "memory": None})
