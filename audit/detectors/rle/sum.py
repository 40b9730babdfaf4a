"""The RLE does not cover its image.

What it finds
-------------
Runs that do not sum to height x width.

Why it matters
--------------
pycocotools trusts this: it crashes, hangs, or returns other memory.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has runs of 307,100 pixels in all, its image has 307,200. Encode the mask again.

Reference
---------
`rleDecode` and `rleIou` of pycocotools: they do not check the sum, and may run forever.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
