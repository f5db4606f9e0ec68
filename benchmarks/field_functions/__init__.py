"""Functions of the kind that people have, a file for each thing that they work with: what `benchmarks.field` tries.

Written as a user would write them, knowing nothing of concbench. Each is called with one item; those that a gate calls
with 0, 1, 2, … instead have a second function that makes its item from the number.
"""
