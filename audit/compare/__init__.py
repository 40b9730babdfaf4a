"""Knows predictions against ground truth: matches, metrics, why predictions overlap, and what-ifs."""
