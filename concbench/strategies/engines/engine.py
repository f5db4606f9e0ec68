"""What the strategies of all engines need: whether an interpreter has the engine, and how a lost worker is said."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager

from concbench.strategies.strategy import WorkerDied

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def needs(package: str, *programs: str) -> Callable[[], str | None]:
    """A check for a package, and for programs that it starts; see `Strategy.missing`."""

    def missing() -> str | None:
        from importlib.util import find_spec  # here, as only hosts of engines need it

        if find_spec(package) is None:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            return f"needs {package}, which this Python {version} does not have: pip install {extra_of(package)}"
        lacking = [program for program in programs if not found(program)]
        if lacking:
            return f"needs the program {lacking[0]}, which is not on the PATH: pip install mpich"
        return None

    return missing


def extra_of(package: str) -> str:
    """What pip installs to have a package with all that its strategies need.

    >>> extra_of("distributed"), extra_of("joblib")
    ("'dask[distributed]'", 'joblib')
    """
    return {"distributed": "'dask[distributed]'", "mpi4py": "mpi4py mpich"}.get(package, package)


def found(program: str) -> bool:
    """Whether a program is on the PATH, or in the folder of this interpreter, where packages put theirs."""
    from shutil import which

    return which(program) is not None or which(program, path=own_programs()) is not None


def own_programs() -> str:
    """The folder of this interpreter's programs; that of an environment is not on the PATH unless it is activated."""
    return os.path.dirname(sys.executable)  # noqa: PTH120 - no host carries pathlib


@contextmanager
def losing_workers(*names: str, saying: str = "") -> Iterator[None]:
    """Turn the exceptions by which an engine says that a worker has died, by name and text, into WorkerDied."""
    try:
        yield
    except Exception as error:
        if type(error).__name__ in names and saying in str(error):
            raise WorkerDied(f"a worker died in the middle of a task ({type(error).__name__})") from error
        raise
