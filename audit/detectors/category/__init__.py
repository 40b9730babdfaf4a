"""Rules about the list of categories."""
