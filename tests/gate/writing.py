"""Configurations as a person writes them, for the tests of this room."""

from __future__ import annotations

from pathlib import Path

import pytest

from concbench.gate.configuration import OWN_FILE, BadConfiguration, Configuration, GateCase, read

CASE = """\
[[cases]]
name = "squares"
workload = "cpu"
strategies = ["pool-map"]
"""
"""The least that can be gated; four lines."""


def written(folder: Path, text: str, name: str = OWN_FILE) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def read_from(folder: Path, text: str) -> Configuration:
    return read(written(folder, text))


def case_from(folder: Path, more: str) -> GateCase:
    """The one case of a configuration that says more of it."""
    (case,) = read_from(folder, CASE + more).cases
    return case


def mistake_in(folder: Path, text: str, name: str = OWN_FILE) -> str:
    """What is said of a mistake, after the file's name: `:5: cases[0].taks ...`."""
    path = written(folder, text, name)
    with pytest.raises(BadConfiguration) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert message.isprintable()
    return message.removeprefix(str(path))
