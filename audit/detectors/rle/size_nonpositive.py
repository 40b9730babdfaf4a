"""The RLE has no size.

What it finds
-------------
A height or width of 0 or less.

Why it matters
--------------
pycocotools trusts this: it crashes, hangs, or returns other memory.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has ``"size": [0, 640]``. Encode the mask again.

Reference
---------
`rleInit` of pycocotools.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
