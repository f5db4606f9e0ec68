"""NumPy: an array as the result, and a large global array that all workers read."""

from __future__ import annotations

import numpy as np

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Spectrum = np.ndarray[tuple[int, int], np.dtype[np.complex128]]

SIDE = 200
SIGNALS = np.random.default_rng(1).standard_normal((512, 20_000))
"""80 MB, one signal a row."""


def spectrum(number: int) -> Spectrum:
    """The two-dimensional Fourier transform of a matrix of 200 by 200, complex."""
    matrix = np.random.default_rng(number).standard_normal((SIDE, SIDE))
    return np.fft.fft2(matrix @ matrix.T)


def loudest(number: int) -> tuple[int, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Which signal is most like this one, and how like it all of them are: a product with all 80 MB."""
    likeness = SIGNALS @ SIGNALS[number]
    likeness[number] = -np.inf
    return int(likeness.argmax()), likeness
