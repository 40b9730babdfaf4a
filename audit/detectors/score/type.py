"""A score is no number.

What it finds
-------------
A text or null.

Why it matters
--------------
COCOeval and most training programs read this field and stop, or count the object wrongly.

When it is wrong
----------------
Never.

Example
-------
Result 7 has ``"score": "0.97"``. Write the number 0.97.

Reference
---------
COCO results format, https://cocodataset.org/#format-results.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
