"""Something follows the document.

What it finds
-------------
JSON Lines, or files put together.

Why it matters
--------------
There is no dataset to audit: the command exits with 2. With --salvage the rest is audited.

When it is wrong
----------------
JSON Lines are a format of their own, but not COCO's.

Example
-------
labels.json holds two documents, one after the other. Write one document a file.

Reference
---------
RFC 8259, The JavaScript Object Notation (JSON) Data Interchange Format, section 2: a text is one value.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
