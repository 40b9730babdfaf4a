"""The box is no list of numbers.

What it finds
-------------
A bbox that is null, an object, or holds texts.

Why it matters
--------------
COCOeval and most training programs read this field and stop, or count the object wrongly.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has ``"bbox": {"x": 10, "y": 20, "w": 30, "h": 40}``. Write [10, 20, 30, 40].

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
