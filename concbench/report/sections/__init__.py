"""The parts of a report: each turns what a run says on one subject into blocks."""
