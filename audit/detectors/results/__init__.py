"""Rules about a results file as a whole."""
