"""The file is not UTF-8 text.

What it finds
-------------
UTF-16, Latin-1, packed or binary data.

Why it matters
--------------
There is no dataset to audit: the command exits with 2. With --salvage the rest is audited.

When it is wrong
----------------
Never.

Example
-------
labels.json is really a ZIP archive, or was saved as UTF-16. Unpack it, or save it as UTF-8.

Reference
---------
RFC 8259, The JavaScript Object Notation (JSON) Data Interchange Format, section 8.1: JSON that is
exchanged is UTF-8.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
