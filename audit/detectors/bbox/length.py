"""The box has not four numbers.

What it finds
-------------
A bbox of another length than 4.

Why it matters
--------------
COCOeval and most training programs read this field and stop, or count the object wrongly.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has ``"bbox": [10, 20, 30]``. Write [x, y, w, h].

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
