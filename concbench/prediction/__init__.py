"""What a case would take that was not measured: costs, a simulation with them, predictions with ranges and errors."""
