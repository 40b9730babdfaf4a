"""Knows how a dataset becomes numbers: one row an instance, one row a pair."""
