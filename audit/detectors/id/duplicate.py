"""An id is given twice.

What it finds
-------------
Two records of one list with one id.

Why it matters
--------------
Loaders that look records up by id find the wrong one, or none.

When it is wrong
----------------
Never.

Example
-------
Annotations number 4 and number 90 of the list both have the id 17. Give one of them a new id.

Reference
---------
`COCO.createIndex` of pycocotools, which keeps the last of two records with one id.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
