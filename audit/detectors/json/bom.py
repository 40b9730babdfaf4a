"""The file begins with a byte order mark.

What it finds
-------------
Three bytes before the JSON text.

Why it matters
--------------
Legal text, but Python's json refuses it.

When it is wrong
----------------
Where all programs that read the file skip the mark.

Example
-------
labels.json was saved by a Windows editor: ``json.load`` says "Unexpected UTF-8 BOM". Save it as UTF-8
without BOM.

Reference
---------
RFC 8259, The JavaScript Object Notation (JSON) Data Interchange Format, section 8.1.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.INFO
IMPORTANCE = 0.05
JUDGES = Judges.FILES
