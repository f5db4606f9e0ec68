"""The imports at the top of a snippet, in the order that isort and Ruff give them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from concbench.report.snippets.layout import INDENT, WIDTH


class Import(NamedTuple):
    """A module, or a name of a module, perhaps by another name."""

    module: str
    name: str = ""
    alias: str = ""


def sections(imports: Iterable[Import]) -> Iterator[list[str]]:
    """Yield the lines of each section: the standard library's, and all others.

    >>> list(sections([Import("mine", "square"), Import("multiprocessing", "Pool"), Import("asyncio")]))
    [['import asyncio', 'from multiprocessing import Pool'], ['from mine import square']]
    """
    of_the_library = {each: each.module.partition(".")[0] in sys.stdlib_module_names for each in imports}
    for wanted in (True, False):
        chosen = {each for each, is_so in of_the_library.items() if is_so is wanted}
        if chosen:
            yield list(statements(chosen))


def statements(imports: Iterable[Import]) -> Iterator[str]:
    """Yield the lines of one section: whole modules first, and all plain names of a module in one statement."""
    for each in sorted(imports, key=in_order):
        if not each.name:
            yield f"import {each.module}"
    named = sorted((each for each in imports if each.name), key=in_order)
    for module, members in groupby(named, lambda each: each.module):
        for _, plain in groupby(members, lambda each: each.alias or None):
            yield from statement(
                module, [f"{each.name} as {each.alias}" if each.alias else each.name for each in plain]
            )


def statement(module: str, names: list[str]) -> Iterator[str]:
    """Yield the lines that import some names of a module."""
    flat = f"from {module} import {', '.join(names)}"
    if len(flat) <= WIDTH:
        yield flat
        return
    yield f"from {module} import ("
    yield from (f"{INDENT}{name}," for name in names)
    yield ")"


def in_order(each: Import) -> tuple[str, str, int, str, str]:
    """Return what imports are sorted by: of a module's names, constants come first, then classes."""
    kind = 0 if len(each.name) > 1 and each.name.isupper() else 1 if each.name[:1].isupper() else 2
    return each.module.lower(), each.module, kind, each.name.lower(), each.name
