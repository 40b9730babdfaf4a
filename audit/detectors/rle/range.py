"""The RLE has a run too long.

What it finds
-------------
A run length of 2^32 or more.

Why it matters
--------------
pycocotools trusts this: it crashes, hangs, or returns other memory.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has a run of 5,000,000,000 pixels. Encode the mask again.

Reference
---------
`siz` and `uint` of pycocotools' maskApi.h: runs have 32 bits.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
