"""There is no area.

What it finds
-------------
An annotation without area.

Why it matters
--------------
COCOeval and most training programs read this field and stop, or count the object wrongly.

When it is wrong
----------------
Formats other than COCO's compute the area from the mask; where only your own program reads the file,
the field may not be needed.

Example
-------
Annotation 12 has a mask of 412 px and no `area`. Add ``"area": 412``.

Reference
---------
COCO data format, https://cocodataset.org/#format-data; `COCOeval` of pycocotools, which sorts objects
into small, medium and large ones by this field.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
IMPORTANCE = 0.1
JUDGES = Judges.FILES
