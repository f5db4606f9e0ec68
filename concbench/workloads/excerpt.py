"""An item, a result or an error as a row shows it: short, however long, slow or broken its own text is."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from typing import Any

MOST_TEXT = 1_000
"""Characters of a message that are shown; of a traceback five times as many, as its end says most."""
PATIENCE = 1.0
"""Seconds that a `__repr__` may take."""
SMALL = 100
"""Bytes of a text or of bytes that `reprlib` looks at."""


def cut(text: str, most: int = MOST_TEXT) -> str:
    """Return a text, or its beginning and its end with how much was left out between them.

    >>> cut("a" * 10 + "b" * 80 + "c" * 10, most=20)
    'aaaaaaaaaa [80 more characters] cccccccccc'
    """
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} [{len(text) - 2 * half:,} more characters] {text[-half:]}"


def text_of(error: BaseException) -> str:
    """Return what an exception says, cut; its type's name where it says nothing, or its own `__str__` raises."""
    try:
        return cut(str(error)) or type(error).__name__
    except Exception:  # noqa: BLE001 - it is a person's own code
        return type(error).__name__


def shown(thing: Any) -> str:
    """Return a short text for any object.

    Where its own `__repr__` raises, or is not done within a second, its type has to do.

    >>> shown(b"x" * 1000)
    "b'xxxxxxxxxxx...xxxxxxxxxxxxx'"
    """
    import reprlib  # here: only what goes wrong is shown
    import threading

    if isinstance(thing, bytes | bytearray) and len(thing) > SMALL:
        thing = bytes(thing[:SMALL]) + bytes(thing[-SMALL:])  # as much as reprlib shows of it, and not 200 MB
    found: list[str] = []

    def look() -> None:
        try:
            found.append(cut(reprlib.repr(thing), SMALL))
        except BaseException:  # noqa: BLE001 - it is a person's own code, and the type's name says enough
            return

    # In a thread, so that it can be waited for no longer than that; this host ends soon, as its case has failed.
    looking = threading.Thread(target=look, daemon=True)
    try:
        looking.start()
    except RuntimeError:  # the system refuses to start another thread, which may be what this is about
        return f"<{type(thing).__name__} object>"
    looking.join(PATIENCE)
    return found[0] if found else f"<{type(thing).__name__} object>"
