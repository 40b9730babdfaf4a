"""Knows when a batch of labels may pass: policy, known findings, bounds, groups, sampling plans."""
