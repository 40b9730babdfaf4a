"""Results are not written as COCO results are.

What it finds
-------------
A polygon segmentation in a results file, a list with one RLE, or a whole COCO document whose annotations have
scores. All of these are read.

Why it matters
--------------
COCO's results are one list with an RLE each, and pycocotools' loadRes takes nothing else.

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
