"""The hot paths under pytest-benchmark: `python -m pytest benchmarks/test_hot_paths.py`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.hot_paths import compare_blocks, find_crossing, round_trip


@pytest.mark.parametrize("path", [find_crossing, compare_blocks, round_trip])
def test_hot_path(benchmark: Callable[..., object], path: Callable[[int], object]) -> None:
    """Each of them by itself."""
    benchmark(path, 0)
