"""The RLE has a negative run.

What it finds
-------------
A run length below 0.

Why it matters
--------------
pycocotools trusts this: it crashes, hangs, or returns other memory.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has the counts [5, -3, 98]. Encode the mask again.

Reference
---------
`rleDecode` of pycocotools, which takes run lengths for unsigned numbers.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
