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
from textwrap import dedent
from typing import Any

ROOT = Path(__file__).parents[1]
PROGRAM = "import json, sys; from {} import {} as run; print(json.dumps(run(*json.loads(sys.argv[1]))))"

Left = dict[str, list[str]]
NOTHING: Left = {"processes": [], "threads": [], "files": []}
"""What should be left behind."""


def asked(function: Callable[..., Any], *arguments: Any, path: Path = ROOT) -> Any:
    """What a function returns in a fresh interpreter."""
    return answer(PROGRAM.format(function.__module__, function.__name__), path, arguments=json.dumps(arguments))


def answer(program: str, *folders: Path, arguments: str = "[]") -> Any:
    """The JSON that a program prints in a fresh interpreter that, with all its children, has nothing to complain of."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", dedent(program), arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, *folders)))},
        capture_output=True,
        text=True,
        timeout=100,
    )
    # The resource tracker, too, would complain here, of what was never removed or removed twice.
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@contextmanager
def left_behind() -> Iterator[Left]:
    """Fill in, after the block, what it left behind: processes, threads, and files in shared memory.

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


def write_distribution(folder: Path, group: str, points: dict[str, str], **modules: str) -> Path:
    """Write an installed distribution, as a third party's would be: its entry points and its modules."""
    name = next(iter(points))
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    lines = [f"[{group}]", *(f"{point} = {value}" for point, value in points.items()), ""]
    (metadata / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    for module, body in modules.items():
        (folder / f"{module}.py").write_text(dedent(body), encoding="utf-8")
    return folder
