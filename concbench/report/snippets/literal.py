"""Text as a Python literal."""

from __future__ import annotations


def literal(text: str) -> str:
    r"""Return a text as a string literal, in the quotes that a formatter would choose.

    >>> print(literal("items.jsonl"), literal('"\n'))
    "items.jsonl" '"\n'
    """
    found = repr(text)
    return f'"{found[1:-1]}"' if found.startswith("'") and '"' not in found else found
