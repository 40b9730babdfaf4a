"""Knows what predictions say about labels: one rule a file."""
