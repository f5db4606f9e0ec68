"""Strategies, the ways to run tasks: each is a context manager, and each module holds a family of them."""
