"""Values are nested too deeply.

What it finds
-------------
Nesting that no parser follows.

Why it matters
--------------
There is no dataset to audit: the command exits with 2. With --salvage the rest is audited.

When it is wrong
----------------
Never.

Example
-------
A segmentation is written as ``[[[[[[...``, thousands of brackets deep. Flatten the values.

Reference
---------
RFC 8259, The JavaScript Object Notation (JSON) Data Interchange Format, section 9: parsers may limit
the depth.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
