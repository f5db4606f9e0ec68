"""Which item a task ran on: a short text, where the trace was asked for that."""

from __future__ import annotations

from concbench.instruments.recorder import recorder

TYPE_CHECKING = False  # as typing's, without importing typing: every traced process holds this module
if TYPE_CHECKING:
    from reprlib import Repr

FILE = "texts"
"""In the folder of a trace that was asked for them."""
LONGEST = 80
"""Characters of a text."""

asked = False


def read(folder: str) -> None:
    """Read from the folder of a trace whether items are asked for."""
    global asked
    try:
        with open(f"{folder}/{FILE}", "rb"):  # noqa: PTH123 - pathlib would be imported into the program
            asked = True
    except FileNotFoundError:
        asked = False


def write(region: int, key: int, item: int, thing: object) -> None:
    """Write down what a task works on, if items are asked for."""
    if asked:
        recorder.write(event="item", number=region, key=key, item=item, text=text_of(thing))


def of_call(args: tuple[object, ...], kwargs: dict[str, object]) -> object:
    """What a call works on: its only argument, or all of them.

    >>> of_call((5,), {}), of_call((5, 6), {}), of_call((5,), {"n": 6})
    (5, (5, 6), ((5,), {'n': 6}))
    """
    if kwargs:
        return (args, kwargs)
    return args[0] if len(args) == 1 else args


_short: Repr | None = None


def text_of(thing: object) -> str:
    """A short text; of what has no representation, its type.

    >>> text_of(["a" * 100] * 1000)[:20], len(text_of("a" * 1000))
    ("['aaaaaaaaaaaaaaaaaa", 80)
    """
    global _short
    if _short is None:
        from reprlib import Repr  # here, as few traces ask for items

        _short = Repr()
        _short.maxstring = _short.maxother = _short.maxlong = LONGEST
    return _short.repr(thing)[:LONGEST]
