"""Knows the rules: every file below a family folder is one rule."""
