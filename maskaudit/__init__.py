"""The package `audit` by the name that it is installed by."""

from audit import *  # noqa: F403
from audit import __version__ as __version__
