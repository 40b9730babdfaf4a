"""The RLE text is cut short.

What it finds
-------------
The last character announces another one.

Why it matters
--------------
pycocotools trusts this: it crashes, hangs, or returns other memory.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has ``"counts": "Xk1Q"``, and the last character says that another follows. Encode the
mask again.

Reference
---------
`rleFrString` of pycocotools.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
