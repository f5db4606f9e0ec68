"""What MPI leaves in shared memory when a test kills it is removed, as concbench's own containment does in a run."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from concbench.measure.containment.shared_files import made_by


@pytest.fixture(scope="module", autouse=True)
def files_of_killed_processes() -> Iterator[None]:
    """Remove what was made since the first test of a module, and is no longer mapped."""
    began = time.time()
    yield
    for path in made_by(os.getpid(), began):
        path.unlink(missing_ok=True)
