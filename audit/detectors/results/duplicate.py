"""A result is given twice.

What it finds
-------------
Equal image, category, score and mask.

Why it matters
--------------
The second counts as a false positive.

When it is wrong
----------------
Never, as far as is known: two equal detections say nothing that one does not.

Example
-------
Results 7 and 8 are equal: the images were run twice. Remove one.

Reference
---------
`COCOeval` of pycocotools: an object is matched once, and the second detection is a false positive.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
JUDGES = Judges.FILES
