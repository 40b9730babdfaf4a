"""How well the rules find errors that were planted on purpose: planting, scanning, judging."""
