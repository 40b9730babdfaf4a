"""Knows how files become datasets; what is wrong in a file becomes findings."""
