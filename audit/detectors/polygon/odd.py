"""A polygon has half a point.

What it finds
-------------
An odd number of coordinates.

Why it matters
--------------
The object has no mask: loaders skip it, stop, or crash inside pycocotools.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has a polygon of 9 numbers: which one lacks its partner cannot be told. Restore the
missing number.

Reference
---------
COCO data format, https://cocodataset.org/#format-data: [x1, y1, x2, y2, ...].
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
