"""Pillow: thumbnails, bytes in and bytes out."""

from __future__ import annotations

import io

from PIL import Image

SIZE = (128, 128)


def photograph(number: int) -> bytes:
    """A made-up JPEG of 1024 by 768."""
    picture = Image.effect_mandelbrot((1024, 768), (-2.0 + number / 50, -1.0, 1.0, 1.0), 40)
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG")
    return file.getvalue()


def photographs() -> list[bytes]:
    """What thumbnails are made of."""
    return [photograph(number) for number in range(16)]


def thumbnail(data: bytes) -> bytes:
    """A PNG of at most 128 by 128."""
    picture = Image.open(io.BytesIO(data))
    picture.thumbnail(SIZE)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def is_small(_data: bytes, result: bytes) -> bool:
    """Whether a thumbnail is no larger than it should be."""
    return max(Image.open(io.BytesIO(result)).size) <= max(SIZE)


def thumbnail_of(number: int) -> bytes:
    """Make one of the photograph of this number."""
    return thumbnail(photograph(number))
