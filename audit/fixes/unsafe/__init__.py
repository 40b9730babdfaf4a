"""Fixes that change masks, because a labeller would: one file a fix."""
