"""The fault list: whatever a function, an environment or an ending does, nothing is left, and the cause is named.

What is left is counted by walking all processes of a namespace, and all files in /tmp and /dev/shm.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.command import CONCBENCH
from tests.e2e.confinement import Confined, confined, namespaces
from tests.e2e.faults import FAULTS, NEXT, Fault
from tests.gate.repository import Repository, quick_environments

pytestmark = pytest.mark.skipif(namespaces() is None, reason="needs namespaces of its own, as Linux has them")


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=fault.name.replace(" ", "_"), marks=[] if fault.quick else [pytest.mark.thorough])
        for fault in FAULTS
    ],
)
def test_a_fault_leaves_nothing_and_is_told(fault: Fault, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    if fault.repository:
        shutil.rmtree(folder)
        repository = Repository.new(folder)
        quick_environments(tmp_path).rename(folder / "python")
        repository.commit(fault.repository)
        repository.commit({"steps.py": f"# A comment.\n{fault.repository['steps.py']}"})
    left = confined(
        Confined(
            command=fault.command,
            folder=str(folder),
            files={"faulty.py": fault.function},
            mounts=fault.mounts,
            meanwhile=fault.meanwhile,
            wait=fault.killed,
            then=NEXT if fault.leaves_folder else "",
            path=str(CONCBENCH.parent),
        )
    )
    said = " ".join(left.output.split())
    assert left.status in fault.statuses, left.output
    assert [word for word in fault.words if word not in said] == [], left.output
    assert "concbench/measure" not in left.output, left.output  # no traceback of ours
    assert left.processes == []
    assert left.precious, "a task emptied the machine's /tmp"
    assert len(left.files) == (1 if fault.leaves_folder else 0), left.files
    assert left.files_then == []
