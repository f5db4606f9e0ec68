"""How workers wait for each other: a module a family, a context manager a primitive."""
