"""Runs all benchmarks, or those named: `python -m benchmarks duty startup`; fails where a limit is missed."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import duty, fidelity, startup, watch_cost

ALL: dict[str, Callable[[], bool]] = {
    "startup": startup.main,
    "watch_cost": watch_cost.main,
    "duty": duty.main,
    "fidelity": fidelity.main,
}


def main(names: list[str]) -> int:
    """Run benchmarks; return the exit status."""
    unknown = set(names) - set(ALL)
    if unknown:
        print(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    missed = []
    for name in names or ALL:
        print(f"## {name}")
        if not ALL[name]():
            missed.append(name)
        print(flush=True)
    print(f"outside its limits: {', '.join(missed)}" if missed else "all within their limits")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
