"""The measured interpreter: reads a case, runs experiments, answers with samples."""
