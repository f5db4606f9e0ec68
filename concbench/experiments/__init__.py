"""What one sample of a subject is."""
