"""Rules about numbers anywhere in a file."""
