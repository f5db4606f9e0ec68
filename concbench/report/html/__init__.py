"""Reports that people look at: one HTML file with charts, or the charts alone as pictures."""
