"""There is no segmentation.

What it finds
-------------
An annotation without the field.

Why it matters
--------------
The object has no mask: loaders skip it, stop, or crash inside pycocotools.

When it is wrong
----------------
Datasets for detection hold boxes alone: they have no masks to audit.

Example
-------
Annotation 12 has a `bbox` and no `segmentation`. Draw the mask.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
