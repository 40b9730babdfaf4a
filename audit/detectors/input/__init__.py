"""Rules about the path that was given."""
