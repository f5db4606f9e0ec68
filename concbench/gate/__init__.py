"""Has it changed? What a gate compares, from its configuration to its verdicts."""
