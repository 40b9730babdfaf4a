"""Rules about the ids of records."""
