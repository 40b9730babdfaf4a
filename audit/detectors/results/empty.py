"""There are no results.

What it finds
-------------
An empty list of detections: legal.

Why it matters
--------------
Every object is missed.

When it is wrong
----------------
A model may really find nothing, on pictures without objects.

Example
-------
The results are ``[]``. Check the model's threshold.

Reference
---------
COCO results format, https://cocodataset.org/#format-results.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.INFO
JUDGES = Judges.FILES
