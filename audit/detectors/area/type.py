"""The area is no number.

What it finds
-------------
An area that is null or a text.

Why it matters
--------------
COCOeval and most training programs read this field and stop, or count the object wrongly.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has ``"area": "412"``. Write the number 412.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
IMPORTANCE = 0.3
JUDGES = Judges.FILES
