"""The results have no masks.

What it finds
-------------
Detections with boxes alone.

Why it matters
--------------
Masks cannot be compared; pycocotools makes rectangles of the boxes.

When it is wrong
----------------
Where boxes are what is compared: what boxes alone tell is worked out all the same.

Example
-------
The results come from a detector without a mask head. Export the masks.

Reference
---------
COCO results format, https://cocodataset.org/#format-results.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
