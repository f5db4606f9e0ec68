"""Who runs the tasks: a module a family, a context manager a strategy."""
