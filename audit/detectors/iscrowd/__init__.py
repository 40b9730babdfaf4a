"""Rules about the field iscrowd."""
