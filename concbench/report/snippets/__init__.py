"""Programs to paste: a module a family of strategies, as in concbench.strategies, and what all of them are made of."""
