"""Knows what changed between two versions of a dataset, mask by mask."""
