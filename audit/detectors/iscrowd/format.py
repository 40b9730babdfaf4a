"""A crowd region has polygons.

What it finds
-------------
iscrowd: 1 with a polygon segmentation.

Why it matters
--------------
COCO keeps crowd regions as RLE, and tools rely on it.

When it is wrong
----------------
Where the region is one object after all, and the flag was set by mistake: remove the flag then.

Example
-------
Annotation 12 has ``"iscrowd": 1`` and polygons. Write RLE, or ``"iscrowd": 0``.

Reference
---------
COCO data format, https://cocodataset.org/#format-data: polygons for single objects, RLE for crowds.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
IMPORTANCE = 0.1
JUDGES = Judges.FILES
