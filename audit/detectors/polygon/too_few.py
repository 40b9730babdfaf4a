"""A polygon has fewer than three points.

What it finds
-------------
Parts of one or two points; they are left out, the other parts stay.

Why it matters
--------------
It has no area, and pycocotools takes four numbers for a box.

When it is wrong
----------------
Where [x, y, w, h] was meant as a box: write its four corners.

Example
-------
Annotation 12 has the part [10, 20, 30, 40]. Remove the part, or write the corners that were meant.

Reference
---------
`frPyObjects` of pycocotools, which takes four numbers for a box.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
