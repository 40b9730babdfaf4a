"""Holds the C++ core (plain loops, threads, no Python objects) and the one module that loads it."""
