"""Rules about the field segmentation."""
