"""A text has control characters.

What it finds
-------------
Escape sequences and other control characters in a name.

Why it matters
--------------
They act on terminals.

When it is wrong
----------------
Never.

Example
-------
Category 3 is called `cell` followed by a line break. Remove it.

Reference
---------
CWE-150, Improper Neutralization of Escape, Meta, or Control Sequences.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
IMPORTANCE = 0.1
JUDGES = Judges.FILES
