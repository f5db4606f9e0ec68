"""Where workers share a counter: one context manager a store."""
