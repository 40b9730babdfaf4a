"""Knows what was read, wrong or not: images, categories, annotations, and where pictures lie."""
