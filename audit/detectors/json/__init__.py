"""Rules about the text of a JSON file."""
