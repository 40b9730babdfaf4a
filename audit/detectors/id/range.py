"""An id is negative or too large.

What it finds
-------------
Ids below 0 or beyond 64 bits.

Why it matters
--------------
Loaders that look records up by id find the wrong one, or none.

When it is wrong
----------------
Negative ids are read by pycocotools all the same; other tools use them for what was not matched.

Example
-------
Annotation -1: the id is negative. Number the records from 1 on.

Reference
---------
None: sizes of integers in programs that read COCO files.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
JUDGES = Judges.FILES
