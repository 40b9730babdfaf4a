"""The file is not valid JSON.

What it finds
-------------
Text cut short, quotes or commas astray.

Why it matters
--------------
There is no dataset to audit: the command exits with 2. With --salvage the rest is audited.

When it is wrong
----------------
Never.

Example
-------
labels.json ends in the middle of annotation 8,301: the export was interrupted. Export it again.

Reference
---------
RFC 8259, The JavaScript Object Notation (JSON) Data Interchange Format.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
