"""Rules about the declared area against the mask."""
