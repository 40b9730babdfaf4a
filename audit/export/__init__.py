"""Knows the formats that other tools take findings in: one file a format."""
