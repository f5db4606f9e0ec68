"""How good concbench itself is: fidelity, duty, start-up, and what the watch costs."""
