"""Rules about two masks that share pixels."""
