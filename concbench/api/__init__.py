"""What a Python program calls: `concbench.compare` and `concbench.run`, and the answer that they return."""
