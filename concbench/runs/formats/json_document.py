"""A document in JSON, indented for people."""

from __future__ import annotations

from typing import Any

import msgspec


def json_document(value: Any) -> str:
    """Return lists, dictionaries, dataclasses, text and finite numbers as indented JSON, in their order.

    >>> print(json_document({"pool-map": 0.25}), end="")
    {
     "pool-map": 0.25
    }
    """
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n"
