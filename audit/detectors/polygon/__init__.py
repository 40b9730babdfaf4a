"""Rules about the drawn outline of one instance."""
