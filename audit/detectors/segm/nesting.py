"""The segmentation is nested wrongly.

What it finds
-------------
Polygons as one flat list, as lists of points, or a list of RLE objects.

Why it matters
--------------
The object has no mask: loaders skip it, stop, or crash inside pycocotools.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has ``"segmentation": [10, 20, 30, 20, 30, 40]``. Write a list of polygons: [[10, 20, 30,
20, 30, 40]].

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
