"""How good predictions are: cells that the model has not seen, predicted and measured side by side."""
