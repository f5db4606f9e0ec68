"""Estimates, intervals and decisions: numbers in, numbers out, with cited methods."""
