"""Strategies that run on an engine beyond the standard library, which each imports when it is opened."""
