"""Mends datasets: a corrected copy, a list of what was changed, and a proof that nothing else was."""
