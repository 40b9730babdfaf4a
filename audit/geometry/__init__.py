"""Knows masks as runs of pixels: arrays in, arrays out, no dataset and no files."""
