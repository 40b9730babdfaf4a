"""The segmentation is empty.

What it finds
-------------
No parts, an empty part, or RLE without a pixel.

Why it matters
--------------
The object has no mask: loaders skip it, stop, or crash inside pycocotools.

When it is wrong
----------------
Where the empty mask says that the object is hidden altogether: remove the annotation then, because no
model can learn it.

Example
-------
Annotation 12 has ``"segmentation": []``. Draw the mask.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
