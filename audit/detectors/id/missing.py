"""A record has no id.

What it finds
-------------
An id that is absent or null.

Why it matters
--------------
Loaders that look records up by id find the wrong one, or none.

When it is wrong
----------------
Results files need no ids; there the rule is silent.

Example
-------
Annotation number 4 of the list has no `id`. Number the records.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
