"""What tests of both sides of a gate share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from concbench.measure.containment import Containment, contained


@pytest.fixture
def containment() -> Iterator[Containment]:
    with contained() as each:
        yield each
