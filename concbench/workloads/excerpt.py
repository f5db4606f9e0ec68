"""An item, a result or an error as a row shows it: short, however long, slow or broken its own text is."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, without importing typing: hosts import this module
if TYPE_CHECKING:
    from typing import Any

MOST_TEXT = 1_000
"""The most characters of a message; a traceback gets five times as many, as its end says most."""
PATIENCE = 1.0
"""Seconds that a `__repr__` may take."""
SMALL = 100
"""The most characters of an item or a result."""


def cut(text: str, most: int = MOST_TEXT) -> str:
    """A text, or its beginning and its end with the number of characters left out.

    >>> cut("a" * 10 + "b" * 80 + "c" * 10, most=20)
    'aaaaaaaaaa [80 more characters] cccccccccc'
    """
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} [{len(text) - 2 * half:,} more characters] {text[-half:]}"


def text_of(error: BaseException) -> str:
    """An exception's text, cut; its type's name if there is none, or if its own `__str__` raises."""
    try:
        return cut(str(error)) or type(error).__name__
    except Exception:  # noqa: BLE001 - it is the user's own code
        return type(error).__name__


def shown(thing: Any) -> str:
    """A short text for any object; its type if its own `__repr__` raises or takes more than a second.

    >>> shown(b"x" * 1000)
    "b'xxxxxxxxxxx...xxxxxxxxxxxxx'"
    """
    import reprlib  # here: only what goes wrong is shown
    import threading

    if isinstance(thing, bytes | bytearray) and len(thing) > SMALL:
        thing = bytes(thing[:SMALL]) + bytes(thing[-SMALL:])  # reprlib shows no more of it, and would copy 200 MB
    found: list[str] = []

    def represent() -> None:
        try:
            found.append(cut(reprlib.repr(thing), SMALL))
        except BaseException:  # noqa: BLE001 - it is the user's own code, and the type's name says enough
            return

    # In a thread, because a wait for a thread can end; this host ends soon, as its case has failed.
    thread = threading.Thread(target=represent, daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the system refuses to start another thread, which may be the very failure to be shown
        return f"<{type(thing).__name__} object>"
    thread.join(PATIENCE)
    return found[0] if found else f"<{type(thing).__name__} object>"
