"""Rules about annotation records as such."""
