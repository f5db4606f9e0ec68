"""Whole outputs as files beside the tests: compared exactly, and rewritten with `CONCBENCH_SNAPSHOTS=write`.

Review what was rewritten as you would review prose: `git diff tests/`.
"""

from __future__ import annotations

import os
from pathlib import Path


def check_snapshot(path: Path, text: str) -> None:
    """Fail unless the file holds the text; or write the file, where that is asked for."""
    if os.environ.get("CONCBENCH_SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")
    assert f"{text}\n" == path.read_text(encoding="utf-8"), f"{path} differs; see tests/snapshots.py"
