"""Rules about masks that are written as run lengths."""
