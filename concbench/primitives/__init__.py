"""How workers wait for each other: one context manager a primitive."""
