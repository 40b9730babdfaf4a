"""Rules about where a dataset's file names lead."""
