"""A text changes its direction.

What it finds
-------------
Bidirectional control characters in a name.

Why it matters
--------------
They make a name look like another one.

When it is wrong
----------------
Names in Arabic or Hebrew may hold such marks for good reasons: they are shown right without them in
most programs.

Example
-------
Category 3 holds the character U+202E, so that `tac` is shown for `cat`. Remove it.

Reference
---------
Boucher and Anderson, "Trojan Source: Invisible Vulnerabilities", 2021; Unicode Standard Annex 9.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
IMPORTANCE = 0.1
JUDGES = Judges.FILES
