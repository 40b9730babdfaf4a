"""What annotators of this dataset mean by one object: learned from their own labels."""
