"""What follows from a run: each module finds one thing, and returns it as small frozen dataclasses."""
