"""Where workers share a counter: a module a family, a context manager a store."""
