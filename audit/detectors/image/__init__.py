"""Rules about an image and its picture file."""
