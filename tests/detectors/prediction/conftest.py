"""Rectangles are drawn as in the tests of the room that compares."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "comparison"))
