"""Begins to record in this interpreter, then hands over to the `sitecustomize` that would have been imported instead.

Any Python 3 may find this file, so it begins nothing in one that is too old, and imports nothing of concbench there.
"""

import os
import sys
from _frozen_importlib import module_from_spec  # importlib's, which is not imported yet
from _frozen_importlib_external import PathFinder


def _environment_as_it_was() -> "str | None":
    """Take out of the environment what brought us here; return the folder of the trace."""
    here = os.path.dirname(os.path.abspath(__file__))
    path = os.environ.get("PYTHONPATH", "")
    if path == here:
        del os.environ["PYTHONPATH"]
    elif path == here + os.pathsep + here:  # see `launches.with_hook`
        os.environ["PYTHONPATH"] = ""
    elif path.startswith(here + os.pathsep):
        os.environ["PYTHONPATH"] = path[len(here) + 1 :]
    sys.path[:] = [each for each in sys.path if each != here]
    sys.path_importer_cache.pop(here, None)
    return os.environ.pop("CONCBENCH_TRACE", None)


def _package(name: str, folder: str) -> None:
    """Import concbench from where this file is: the program's interpreter need not have it, nor find it."""
    spec = PathFinder.find_spec(name, [folder])
    assert spec is not None and spec.loader is not None, folder  # this file is in that package
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)


def _begin(folder: str) -> None:
    """Put the instruments into this interpreter."""
    if "concbench" not in sys.modules:
        parent = os.path.abspath(__file__)
        for _ in range(4):
            parent = os.path.dirname(parent)
        _package("concbench", parent)
    from concbench.instruments.installation import hide, install
    from concbench.instruments.recorder import recorder

    install(folder)
    recorder.introduce()  # so that it is seen, whether or not it has a pool
    hide()


def _hand_over() -> None:
    """Import the `sitecustomize` that would be imported without this one; raises ImportError if there is none."""
    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is None or spec.loader is None:
        # That is what `site` expects, and no module of that name remains.
        raise ImportError("No module named 'sitecustomize'", name="sitecustomize")
    module = sys.modules["sitecustomize"] = module_from_spec(spec)
    spec.loader.exec_module(module)


_folder = _environment_as_it_was()
if _folder and sys.version_info >= (3, 11) and sys.implementation.name == "cpython" and os.path.isdir(_folder):
    _begin(_folder)
_hand_over()
