"""How hypothesis looks for counterexamples in this room."""

from __future__ import annotations

from hypothesis import settings

# A test here promises a figure, not a speed, and a busy machine may take its time.
settings.register_profile("stats", deadline=None)
settings.load_profile("stats")
