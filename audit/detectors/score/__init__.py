"""Rules about the scores of results."""
