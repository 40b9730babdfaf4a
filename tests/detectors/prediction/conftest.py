"""Rectangles are drawn as in the tests of the room that compares."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "comparison")]
