"""How much of a default `concbench run pool-vs-process` lies inside samples: the run document says."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.projects import CONCBENCH
from concbench.runs.reading import read_run

LIMIT = 0.85
LONGEST = 60.0


def main() -> bool:
    """Print the duty of a default run; return whether it is within the limits."""
    command = [CONCBENCH, "run", "pool-vs-process", "--quiet"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.json")
        began = time.perf_counter()
        subprocess.run([*command, "--json", str(path)], check=True, stdout=subprocess.DEVNULL)
        took = time.perf_counter() - began
        run = read_run(path)
    sampled = sum(sample.wall for result in run.results for sample in result.samples)
    outcomes = ", ".join(outcome.outcome for outcome in run.claims)
    print(
        f"default pool-vs-process: {100 * run.duty:.1f} % of {run.seconds:.1f} s inside samples (limit 85 %); "
        f"{100 * sampled / took:.1f} % of the whole command's {took:.1f} s; claims {outcomes}"
    )
    return run.duty >= LIMIT and took <= LONGEST


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
