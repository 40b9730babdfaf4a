"""A label image cannot be read.

What it finds
-------------
A file that is no picture, is damaged, or is too large to open.

Why it matters
--------------
The objects of this picture are lost.

When it is wrong
----------------
Never.

Example
-------
0007.png was cut short while it was copied. Export the file again.

Reference
---------
None.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
