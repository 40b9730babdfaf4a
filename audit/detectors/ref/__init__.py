"""Rules about what annotations refer to."""
