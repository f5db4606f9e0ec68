"""Puts the instruments into an interpreter: into each module when the program imports it, and not before."""

from __future__ import annotations

import sys

from concbench.instruments import changes, items, launches, patches, texts
from concbench.instruments.recorder import recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

INSTRUMENTS = {
    "threading": "threads",
    "multiprocessing.process": "processes",
    "multiprocessing.popen_fork": "processes",
    "multiprocessing.pool": "pools",
    "multiprocessing.queues": "pickling",
    "multiprocessing.connection": "pickling",
    "multiprocess.process": "processes",
    "multiprocess.popen_fork": "processes",
    "multiprocess.pool": "pools",
    "multiprocess.queues": "pickling",
    "multiprocess.connection": "pickling",
    "loky.backend.reduction": "pickling",
    "joblib.externals.loky.backend.reduction": "pickling",
    "concurrent.futures.thread": "thread_executors",
    "concurrent.futures.process": "process_executors",
    "loky.process_executor": "process_executors",
    "joblib.externals.loky.process_executor": "process_executors",
    "asyncio.base_events": "coroutines",
    "asyncio.events": "coroutines",
    "asyncio.locks": "coroutines",
    "uvloop": "coroutines",
}
"""By the module that is recorded, the instrument: a module here with a function `instrument`."""

_finders: list[Any] = []
_hidden: dict[str, ModuleType] = {}
"""Our own modules, by their names, where a program is not to find them in `sys.modules` before it imports them."""


def install(folder: str) -> None:
    """Record what this interpreter does from now on into a folder."""
    uninstall()  # of a trace before, if any
    recorder.start(folder)
    changes.read(folder)
    items.read(folder)
    texts.read(folder)
    launches.follow()
    for name in INSTRUMENTS:
        if name in sys.modules:
            _instrument(sys.modules[name])
    _finders.append(_Finder())
    sys.meta_path.insert(0, _finders[-1])


def uninstall() -> None:
    """Record no more, and take the instruments out again."""
    recorder.stop()
    patches.restore()
    while _finders:
        finder = _finders.pop()
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)


def hide() -> None:
    """Take our own modules out of `sys.modules`, as pytest, for one, looks there for what it can't rewrite any more."""
    for name in [each for each in sys.modules if each.partition(".")[0] == "concbench"]:
        _hidden[name] = sys.modules.pop(name)


def _instrument(module: ModuleType) -> None:
    name = f"concbench.instruments.{INSTRUMENTS[module.__name__]}"
    missing = {each: own for each, own in _hidden.items() if each not in sys.modules}
    sys.modules.update(missing)
    try:
        __import__(name)
        sys.modules[name].instrument(module)
        if missing:
            missing[name] = _hidden[name] = sys.modules[name]
            missing.update(_hidden_now())
    finally:
        for each in missing:
            sys.modules.pop(each, None)


def _hidden_now() -> dict[str, ModuleType]:
    """Those of our modules that came with an instrument; from now on they are hidden, too."""
    found = {each: own for each, own in sys.modules.items() if each.startswith("concbench.instruments.")}
    new = {each: own for each, own in found.items() if each not in _hidden}
    _hidden.update(new)
    return new


class _Finder:
    """Finds the modules that are recorded as the others do, and has them instrumented once they are imported."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The specification of a module that is recorded, or of one of ours; None of any other."""
        if name not in INSTRUMENTS and name not in _hidden:
            return None
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    if name in _hidden:
                        return _kept(_hidden[name])
                    if spec.loader is not None:
                        spec.loader = _Loader(spec.loader)  # type: ignore[assignment]  # it does what a loader has to
                    return spec
        return None


def _kept(module: ModuleType) -> ModuleSpec | None:
    """The specification of a module of ours, which the program imports: it gets the one that is there."""
    spec = module.__spec__
    if spec is not None:
        spec.loader = _Keeper(spec.loader, module)  # type: ignore[assignment]  # as above
    return spec


class _Keeper:
    """Loads a module that is there already."""

    def __init__(self, loader: Any, module: ModuleType) -> None:
        self.loader, self.module = loader, module

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module."""
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module as it is: it ran before."""
        module.__loader__ = self.loader
        if module.__spec__ is not None:
            module.__spec__.loader = self.loader


class _Loader:
    """Loads a module as its own loader does, and instruments it."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """The module, if its loader makes one."""
        spec.loader = self.loader
        try:
            found: ModuleType | None = self.loader.create_module(spec)
            return found
        finally:
            spec.loader = self  # type: ignore[assignment]  # as above

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, and instrument it."""
        module.__loader__ = self.loader
        if module.__spec__ is not None:
            module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        if recorder.folder is not None:
            _instrument(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)
