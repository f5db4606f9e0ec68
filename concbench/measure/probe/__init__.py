"""What the machine is, whether it is fit for measuring, and what else kept it busy meanwhile."""
