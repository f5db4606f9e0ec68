"""What an interpreter says of its own build."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from concbench.host.interpreter import build, optimized


def test_it_is_this_interpreter() -> None:
    found = build()
    assert found["version"].rstrip("t") == platform.python_version()
    assert found["debug"] == hasattr(sys, "gettotalrefcount")


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        ("'--prefix=/opt/python' '--enable-optimizations' '--with-lto'", True),
        ("'--prefix=/usr' '--enable-optimizations'", True),
        ("'--prefix=/opt/python' '--with-lto'", False),
        ("'--prefix=/usr/local'", False),
        ("'--enable-shared' '--prefix=/usr' '--with-ensurepip=no'", None),  # Debian optimizes by rules of its own
        ("", None),
        (None, None),  # on Windows
    ],
)
def test_only_a_build_of_ones_own_is_known_not_to_be_optimized(configured: str | None, expected: bool | None) -> None:
    assert optimized(configured) is expected


def test_to_ask_leaves_the_start_method_open() -> None:
    code = (
        "import multiprocessing; from concbench.host.interpreter import build; build();"
        "print(multiprocessing.get_start_method(allow_none=True))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "None\n"
