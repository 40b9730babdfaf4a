"""A coordinate is no number.

What it finds
-------------
Texts, null, true or false among coordinates.

Why it matters
--------------
The object has no mask: loaders skip it, stop, or crash inside pycocotools.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has the coordinate ``"12.5"``. Write the number 12.5.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
