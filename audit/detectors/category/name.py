"""A category has no name.

What it finds
-------------
A name that is absent, null, empty or no text.

Why it matters
--------------
Reports and class lists cannot show it.

When it is wrong
----------------
Never.

Example
-------
Category 3 has ``"name": null``. Give it a name.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
IMPORTANCE = 0.2
JUDGES = Judges.FILES
