"""How a test asks a fresh interpreter, which has no threads, no plugins, and nothing else that a child would inherit.

What it runs imports the standard library and concbench's inside only, so that a child is quick to start, and so that
any interpreter can be asked.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROGRAM = "import json, sys; from {} import {} as run; print(json.dumps(run(*json.loads(sys.argv[1]))))"

Left = dict[str, list[str]]
NOTHING: Left = {"processes": [], "threads": [], "files": []}
"""What should be left behind."""


def asked(function: Callable[..., Any], *arguments: Any, path: Path = ROOT) -> Any:
    """Return what a function returns in a fresh interpreter that, with all its children, had nothing to say."""
    program = PROGRAM.format(function.__module__, function.__name__)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, json.dumps(arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(path)))},
        capture_output=True,
        text=True,
        timeout=100,
    )
    # The resource tracker, too, would complain here, of what nobody removed or what somebody removed twice.
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@contextmanager
def left_behind() -> Iterator[Left]:
    """Yield what will say, after the block, what the block left: processes, threads, and files in shared memory.

    A semaphore's file goes with the last reference to it, so the block must not leave one in a variable.
    """
    names: set[str] = set()
    register = resource_tracker.register

    def noted(name: Any, rtype: str) -> None:
        names.add(f"/dev/shm/sem.{name[1:]}" if rtype == "semaphore" else f"/dev/shm{name}")
        register(name, rtype)

    left: Left = {}
    resource_tracker.register = noted
    try:
        yield left
    finally:
        resource_tracker.register = register
        gc.collect()
        left["processes"] = [child.name for child in multiprocessing.active_children()]
        left["threads"] = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
        left["files"] = sorted(name for name in names if Path(name).exists())


def install(folder: Path, group: str, name: str, source: str) -> None:
    """Write an installed distribution, as a third party's would be: one module, and its entry point `entry`."""
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(f"[{group}]\n{name} = {name}:entry\n", encoding="utf-8")
    (folder / f"{name}.py").write_text(source, encoding="utf-8")
