"""Knows metrics on label maps and outlines: panoptic quality, AJI, variation of information, boundaries."""
