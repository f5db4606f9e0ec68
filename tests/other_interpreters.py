"""Other interpreters than the one that runs the tests, with nothing installed, and hosts under them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from concbench.measure.interpreters import import_path_for
from tests.host.hosts import Host, started

FOLDER = Path(os.environ.get("CONCBENCH_PYTHONS", Path.home() / ".cache" / "concbench-pythons" / "bin"))
PYTHONS = sorted(path for path in FOLDER.glob("python3*") if re.fullmatch(r"python3\.\d+t?", path.name))
MISSING = f"no interpreters in {FOLDER}: put CPython 3.12 to 3.15 there, and 3.13t, as python3.12 and so on"

pythons = pytest.mark.parametrize(
    "python",
    PYTHONS or [pytest.param(None, marks=pytest.mark.skip(reason=MISSING))],
    ids=lambda python: str(getattr(python, "name", "none")),
)


def version(python: Path) -> tuple[int, int]:
    """The version that an interpreter says it is."""
    asked = [str(python), "-c", "import sys; print(*sys.version_info[:2])"]
    major, minor = subprocess.run(asked, check=True, capture_output=True, text=True, timeout=100).stdout.split()
    return int(major), int(minor)


def needs_3_14(python: Path) -> str | None:
    """What a subject that Python 3.14 brought says under an older one; None: nothing."""
    major, minor = version(python)
    return None if minor >= 14 else f"needs Python 3.14 or later, and this is {major}.{minor}"


@contextmanager
def started_under(python: Path) -> Iterator[Host]:
    """Start a host under another interpreter; it ends with status zero."""
    with import_path_for(str(python)) as path, started(path or "", python=str(python)) as host:
        yield host
        assert host.leave() == 0
