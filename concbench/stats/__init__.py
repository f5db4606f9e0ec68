"""From samples to intervals and verdicts; knows nothing of benchmarks beyond samples."""
