"""How an interpreter that is not concbench's own finds concbench: one folder that holds this package and no other."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import concbench

PACKAGE = Path(concbench.__file__).parent


@contextmanager
def import_path_for(*pythons: str, inside: Path | None = None) -> Iterator[str | None]:
    """Yield what PYTHONPATH must be for some interpreters to import concbench, or None for the one that runs this.

    The folder that concbench is installed in would do, but it also holds libraries built for this interpreter. So a
    temporary folder, `inside` another or the system's, points to the package alone: by a link, or as a copy where links
    need privileges (Windows).
    """
    if set(pythons) <= {sys.executable}:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="concbench-", dir=inside) as folder:
        link = Path(folder, PACKAGE.name)
        try:
            link.symlink_to(PACKAGE, target_is_directory=True)
        except OSError:
            shutil.copytree(PACKAGE, link, ignore=shutil.ignore_patterns("__pycache__"))
        yield folder
