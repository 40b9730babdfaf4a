"""iscrowd is no integer.

What it finds
-------------
A text, null or a fraction; taken as 0.

Why it matters
--------------
COCOeval and most training programs read this field and stop, or count the object wrongly.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has ``"iscrowd": "0"``; a text counts as true in Python. Write 0 or 1.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
