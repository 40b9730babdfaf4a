"""A name is very long.

What it finds
-------------
Category names of more than 1,000 characters.

Why it matters
--------------
It is no name.

When it is wrong
----------------
Never.

Example
-------
Category 3 has a description of 4,000 characters as its name. Shorten it.

Reference
---------
None.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
IMPORTANCE = 0.1
JUDGES = Judges.FILES
