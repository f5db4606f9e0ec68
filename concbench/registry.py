"""Names and what they stand for: concbench's own, found in a package, and third parties', found by entry point."""

from __future__ import annotations

import importlib
import os

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

    def __init__(self, word: str, name: str, known: list[str]) -> None:
        self.word, self.name, self.known = word, name, known
        near = nearest(name, known)
        hint = f"did you mean {near!r}?" if near is not None else f"known: {', '.join(known)}"
        super().__init__(f"there is no {word} {name!r}; {hint}")


def nearest(name: str, known: list[str], alike: float = 0.5) -> str | None:
    """Return the known name that was probably meant; None where none is as much alike, from 0 to 1.

    >>> nearest("squrae", ["square", "cube"]), nearest("fibonacci", ["square", "cube"])
    ('square', None)
    """
    import difflib  # here, because only a mistake needs it

    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=alike)), None)


class Registry(Of[Entry]):
    """What is known under each name.

    The modules of `package` register their own entries when they are imported, which happens at the first look-up.
    A third party's entry point in the group named like the package (`concbench.strategies`) names an object that
    registered itself; entry points are read only when a name is not found, or when all names are asked for.

    >>> registry: Registry[int] = Registry("number", "concbench.registry_example")
    >>> registry.add("one", 1)
    """

    def __init__(self, word: str, package: str) -> None:
        self.word = word
        self.broken: dict[str, str] = {}
        """Entry points that could not be loaded, and why."""
        self._package = package
        self._entries: dict[str, Entry] = {}
        self._own_loaded = False
        self._entry_points_loaded = False

    def add(self, name: str, entry: Entry) -> None:
        """Register `entry` under `name`; raises ValueError where the name is taken."""
        if name in self._entries:
            raise ValueError(f"two of {self._package} call themselves {name!r}")
        self._entries[name] = entry

    def get(self, name: str) -> Entry:
        """Return what `name` stands for; raises UnknownName.

        Only the module that mentions the name is imported, where there is one: a host holds no more than it needs.
        """
        if name not in self._entries:
            self._import_own(f'"{name}"'.encode())
        if name not in self._entries:
            self.load_own()
        if name not in self._entries:
            self._load_entry_points()
        if name not in self._entries:
            raise UnknownName(self.word, name, list(self._entries))
        return self._entries[name]

    def all(self) -> dict[str, Entry]:
        """Return every entry by name: concbench's own first, in the order of their modules."""
        self.load_own()
        self._load_entry_points()
        return dict(self._entries)

    def load_own(self) -> None:
        """Import concbench's own modules of this kind."""
        if not self._own_loaded:
            self._own_loaded = True
            self._import_own()

    def _import_own(self, mentioned: bytes = b"") -> None:
        """Import those of concbench's own modules whose source mentions something."""
        folder = importlib.import_module(self._package).__path__[0]
        # Listed, because pkgutil would cost every host 0.3 MB; a package is a folder here, never inside an archive.
        for name in sorted(os.listdir(folder)):  # noqa: PTH208 - nor can a host afford pathlib
            module, _, extension = name.partition(".")
            if extension != "py" or module.startswith("__"):
                continue
            with open(f"{folder}/{name}", "rb") as source:  # noqa: PTH123 - as above
                wanted = mentioned in source.read()
            if wanted:
                importlib.import_module(f"{self._package}.{module}")

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
