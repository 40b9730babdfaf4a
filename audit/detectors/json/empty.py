"""The file is empty.

What it finds
-------------
A file without text.

Why it matters
--------------
There is no dataset to audit: the command exits with 2. With --salvage the rest is audited.

When it is wrong
----------------
Never.

Example
-------
The disk was full while labels.json was written: it has 0 bytes. Export it again.

Reference
---------
RFC 8259, The JavaScript Object Notation (JSON) Data Interchange Format.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
