"""A result is a polygon.

What it finds
-------------
A polygon segmentation in a results file.

Why it matters
--------------
COCO's results are RLE, and pycocotools' loadRes does not take polygons.

When it is wrong
----------------
Where the results are read by a program of your own.

Example
-------
Result 7 is a polygon. Encode it as RLE.

Reference
---------
COCO results format, https://cocodataset.org/#format-results; `COCO.loadRes` of pycocotools.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
JUDGES = Judges.FILES
