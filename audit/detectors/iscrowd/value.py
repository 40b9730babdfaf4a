"""iscrowd is neither 0 nor 1.

What it finds
-------------
Other integers; taken as 1.

Why it matters
--------------
COCOeval and most training programs read this field and stop, or count the object wrongly.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has ``"iscrowd": 2``. Write 0 or 1.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
