"""Knows how findings become pages: page data first, markup last."""
