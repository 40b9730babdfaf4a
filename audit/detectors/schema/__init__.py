"""Rules about the layout of a COCO file."""
