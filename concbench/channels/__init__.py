"""How messages travel between two workers."""
