"""How far people who labelled the same pictures agree."""
