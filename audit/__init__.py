"""maskaudit: the linter for instance-segmentation labels."""

__version__ = "0.1.0"
