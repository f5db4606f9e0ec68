"""The standard library on text and bytes: regular expressions, compression, JSON, decimals and dates."""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

LINE = re.compile(
    r'(?P<host>\S+) \[(?P<when>[^\]]+)\] "(?P<verb>[A-Z]+) (?P<path>/[^" ]*)" (?P<status>\d{3}) (\d+\.\d+)'
)


def log_file(number: int) -> str:
    """2,000 lines of a web server's log."""
    return "\n".join(
        f'10.0.{number}.{line % 256} [2025-01-01T12:{line % 60:02}:00+00:00] "GET /page/{line * 7919 % 101}"'
        f" {200 if line % 13 else 503} {line % 97 / 7:.3f}"
        for line in range(2000)
    )


def log_files() -> list[str]:
    """What is searched."""
    return [log_file(number) for number in range(24)]


def busiest(text: str) -> list[tuple[str, int]]:
    """The ten pages that were asked for most often."""
    return Counter(found["path"] for found in LINE.finditer(text) if found["status"] == "200").most_common(10)


def busiest_of(number: int) -> list[tuple[str, int]]:
    """Do the same for a log of this number."""
    return busiest(log_file(number))


def packed(number: int) -> bytes:
    """Compress 1 MB of text."""
    return zlib.compress(log_file(number).encode() * 8, 6)


def documents() -> list[dict[str, Any]]:
    """Nested documents of about 100 KB."""
    return [document(number) for number in range(16)]


def document(number: int) -> dict[str, Any]:
    """One of them."""
    rows = [{"id": row, "name": f"row {row}", "tags": ["a", "b"], "share": row / 7} for row in range(1000)]
    return {"number": number, "rows": rows}


def there_and_back(given: dict[str, Any]) -> dict[str, Any]:
    """Write a document as JSON, and read it again."""
    return json.loads(json.dumps(given))  # type: ignore[no-any-return]  # it is what was given


def there_and_back_of(number: int) -> dict[str, Any]:
    """Do the same for a document of this number."""
    return there_and_back(document(number))


def total(number: int) -> tuple[Decimal, datetime]:
    """The sum and the latest date of 2,000 lines."""
    found = [
        (Decimal(line.rpartition(" ")[2]), datetime.fromisoformat(line.split("[")[1].partition("]")[0]))
        for line in log_file(number).splitlines()
    ]
    return sum((amount for amount, _ in found), Decimal()), max(when for _, when in found).astimezone(UTC)
