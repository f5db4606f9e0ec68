"""Measures which way of running Python code concurrently is best on this machine, and what it costs."""

__version__ = "0.1.0"
