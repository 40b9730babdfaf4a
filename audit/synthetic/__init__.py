"""Knows how to make a believable dataset with known, planted errors."""
