"""The questions, one file each: cases and claims, as data."""
