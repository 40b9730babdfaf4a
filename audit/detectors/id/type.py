"""An id is not an integer.

What it finds
-------------
Ids such as "7", 7.0, true or a list. Where the meaning is clear ("7" for 7) the record is still
matched.

Why it matters
--------------
pycocotools compares ids as they are: "7" is not 7.

When it is wrong
----------------
Programs that keep ids as they are, without counting on numbers, can live with texts.

Example
-------
Annotation number 4 of the list has ``"id": "7"``. Write the integer 7.

Reference
---------
`COCO.getAnnIds` of pycocotools, which compares ids as they are.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
IMPORTANCE = 0.1
JUDGES = Judges.FILES
