"""Rules about the shape of one mask."""
