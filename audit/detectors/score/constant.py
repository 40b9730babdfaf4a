"""All scores are equal.

What it finds
-------------
Two or more results with one and the same score.

Why it matters
--------------
Average precision then depends on the order of the file.

When it is wrong
----------------
Methods without scores, such as a watershed or a second annotator, have none to write: then read AP as
of one threshold.

Example
-------
All 5,000 results have the score 1.0. Keep the model's scores.

Reference
---------
`COCOeval` of pycocotools, which sorts detections by score and keeps the file's order where scores are
equal.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.INFO
JUDGES = Judges.FILES
