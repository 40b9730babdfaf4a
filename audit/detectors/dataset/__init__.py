"""Rules about the dataset as a whole."""
