"""A polygon is far too large.

What it finds
-------------
Coordinates beyond 100,000,000, or outlines of more than 4,000,000 pixels in all.

Why it matters
--------------
pycocotools trusts this: it crashes, hangs, or returns other memory.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has the coordinate 1e300. Correct the coordinates.

Reference
---------
`rleFrPoly` of pycocotools, which reserves memory by the length of the outline.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
