"""Rules about label images."""
