"""The results are of two kinds.

What it finds
-------------
Some detections have a bbox, others have none.

Why it matters
--------------
pycocotools looks at the first one only and treats all alike.

When it is wrong
----------------
Never: readers look at the first result to tell what all are.

Example
-------
Result 0 has a box, result 7 has none. Export all fields for all.

Reference
---------
`COCO.loadRes` of pycocotools.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
JUDGES = Judges.FILES
