"""The segmentation is of another kind.

What it finds
-------------
null, a text, a number, or an object without RLE.

Why it matters
--------------
The object has no mask: loaders skip it, stop, or crash inside pycocotools.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has ``"segmentation": null``. Write polygons or RLE.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
