"""Rules about names and other texts."""
