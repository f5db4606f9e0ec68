"""A file system as Linux describes itself in, built for a test."""

from __future__ import annotations

from pathlib import Path

CPU = "sys/devices/system/cpu"


def write(root: Path, files: dict[str, str]) -> Path:
    """Write the files below the root, and return the root."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
