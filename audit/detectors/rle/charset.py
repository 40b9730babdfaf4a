"""The RLE text has wrong characters.

What it finds
-------------
Characters outside of COCO's 64, such as spaces or b'…'.

Why it matters
--------------
pycocotools trusts this: it crashes, hangs, or returns other memory.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has ``"counts": "b'Xk1...'"``: Python's repr of bytes. Write ``counts.decode()``.

Reference
---------
`rleFrString` of pycocotools: characters from "0" (48) to "o" (111).
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
