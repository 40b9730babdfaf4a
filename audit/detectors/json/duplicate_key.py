"""A key is given twice.

What it finds
-------------
Two members of one object with one name. Twice the same list at the top level stops the audit.

Why it matters
--------------
Every parser keeps the last one without a word; the other was perhaps meant.

When it is wrong
----------------
Where both members say the same.

Example
-------
Annotation 12 has ``"category_id": 1`` and later ``"category_id": 2``; the 2 is read. Remove one.

Reference
---------
RFC 8259, The JavaScript Object Notation (JSON) Data Interchange Format, section 4: names should be
unique, and what parsers do otherwise is unpredictable.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
