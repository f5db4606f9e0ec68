"""Names and what they stand for: concbench's own, listed in a table, and third parties', found by entry point."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # as typing's, without importing typing: every host holds this module
if TYPE_CHECKING:
    from typing import Generic, TypeVar

    Entry = TypeVar("Entry")

    class Of(Generic[Entry]):
        """What a registry holds, for the type checker."""
else:

    class Of:
        """What a registry holds: of interest to the type checker only."""

        def __class_getitem__(cls, _entry: object) -> type:
            return cls

    Entry = object


class UnknownName(Exception):
    """A name that nothing is registered under; the text suggests the nearest known one."""

    def __init__(self, word: str, name: str, known: list[str], meant: str | None = None) -> None:
        """`meant` is the known name that was surely meant; without it, the nearest is suggested."""
        self.word, self.name, self.known = word, name, known
        near = meant or nearest(name, known)
        hint = f"did you mean {near!r}?" if near is not None else f"known: {', '.join(known)}"
        super().__init__(f"there is no {word} {name!r}; {hint}")


def nearest(name: str, known: list[str], alike: float = 0.5) -> str | None:
    """The known name that was probably meant, at least `alike` (from 0 to 1); None where there is none.

    >>> nearest("squrae", ["square", "cube"]), nearest("fibonacci", ["square", "cube"])
    ('square', None)
    """
    import difflib  # here, because only a mistake needs it

    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=alike)), None)


def first_line(function: object) -> str:
    """The first line of a docstring: what an entry is, in a sentence."""
    return (function.__doc__ or "").partition("\n")[0]


class Registry(Of[Entry]):
    """What is known under each name.

    `modules` is the table of concbench's own names: each module of `package` that registers entries, and their names.
    A module is imported when one of its names is first looked up, and no other module with it.

    Third parties add entries by an entry point in the group named like the package (`concbench.strategies`): it names
    an object that registers itself when its module is imported. Entry points are loaded only when a name is not in
    the table, or when all entries are asked for.

    `other_names` are what people may call an entry, in lower case: of `futures.ProcessPoolExecutor`, the last
    part. Nothing is found by them; the error suggests the name.

    >>> registry: Registry[int] = Registry("number", "concbench.numbers", {})
    >>> registry.add("one", 1)
    >>> registry.get("one")
    1
    """

    def __init__(
        self,
        word: str,
        package: str,
        modules: dict[str, tuple[str, ...]],
        other_names: dict[str, str] | None = None,
    ) -> None:
        self.word = word
        self._other_names = other_names or {}
        self.broken: dict[str, str] = {}
        """Entry points that could not be loaded, and why."""
        self._package = package
        self._modules = {name: f"{package}.{module}" for module, names in modules.items() for name in names}
        self.entries: dict[str, Entry] = {}
        """What is registered by now."""
        self._entry_points_loaded = False

    def add(self, name: str, entry: Entry) -> None:
        """Register `entry` under `name`; raises ValueError where the name is taken."""
        module = self._modules.get(name)
        if module is not None and module not in sys.modules:
            import_module(module)  # or a third party could take the name before its owner registers it
        if name in self.entries:
            raise ValueError(f"{self.word} {name!r} is registered already: choose another name")
        self.entries[name] = entry

    def get(self, name: str) -> Entry:
        """The entry of that name; raises UnknownName."""
        if name not in self.entries:
            if name in self._modules:
                import_module(self._modules[name])
            else:
                self._load_entry_points()
                if name not in self.entries:
                    meant = self._other_names.get(name.rpartition(".")[2].lower())
                    raise UnknownName(self.word, name, list(self._modules | self.entries), meant)
        return self.entries[name]

    def all(self) -> dict[str, Entry]:
        """Every entry by name: concbench's own in the order of the table, then third parties'; none from a file."""
        self.load_own()
        self._load_entry_points()
        return {name: self.entries[name] for name in self._modules | self.entries if ":" not in name}

    def load_own(self) -> None:
        """Import concbench's own modules of this kind."""
        for module in self._modules.values():
            import_module(module)

    def _load_entry_points(self) -> None:
        if self._entry_points_loaded:
            return
        self._entry_points_loaded = True
        from importlib.metadata import entry_points  # here: it is heavy, and a host rarely needs it

        for point in entry_points(group=self._package):
            try:
                point.load()
            except Exception as error:  # noqa: BLE001 - a third party's module may raise anything; it is shown
                self.broken[point.name] = f"{point.value} could not be loaded: {type(error).__name__}: {error}"
