"""The RLE is too large.

What it finds
-------------
A side over 131,072 or over 2^28 pixels in all.

Why it matters
--------------
pycocotools trusts this: it crashes, hangs, or returns other memory.

When it is wrong
----------------
Whole slide images can be larger: cut them into tiles, as training does.

Example
-------
Annotation 12 has ``"size": [200000, 200000]``. Encode the mask at the size of a tile.

Reference
---------
None: the limits keep one decoded mask below 2^28 bytes.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
