"""Knows how a scan runs: configuration, shards, workers, rules, results."""
