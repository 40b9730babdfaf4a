"""Predictions against labels: matches, metrics, why predictions overlap, what-ifs."""
