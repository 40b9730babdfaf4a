"""The RLE text has an endless number.

What it finds
-------------
A number of more characters than any run needs.

Why it matters
--------------
pycocotools trusts this: it crashes, hangs, or returns other memory.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has 40 characters in a row that all say that another follows. Encode the mask again.

Reference
---------
`rleFrString` of pycocotools: a run of 32 bits needs 7 characters.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
