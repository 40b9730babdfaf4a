"""Fixes that keep every mask's pixels and category: one file a fix."""
