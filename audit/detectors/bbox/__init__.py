"""Rules about the declared box against the mask."""
