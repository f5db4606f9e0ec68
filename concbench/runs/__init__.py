"""The run document: reading and writing it."""
