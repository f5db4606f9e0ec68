"""A matrix product that OpenBLAS computes in threads of its own: a module apart, as it imports NumPy."""

from __future__ import annotations

import numpy as np

SIZE = 400
LEFT, RIGHT = (np.random.default_rng(seed).random((SIZE, SIZE)) for seed in (1, 2))


def product(item: int) -> float:
    """Multiply two matrices of 400 × 400 numbers, and return one of the product's."""
    return float((LEFT @ RIGHT)[item % SIZE, 0])
