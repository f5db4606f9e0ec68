"""What gates promise: from a configuration and two sides to verdicts."""
