"""Knows what is said about a dataset: a finding, its identity, its table and its file forms."""
