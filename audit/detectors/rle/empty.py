"""The RLE has no runs.

What it finds
-------------
counts is an empty text or list.

Why it matters
--------------
pycocotools trusts this: it crashes, hangs, or returns other memory.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has ``"counts": ""``. Encode the mask again; an empty mask has one run of all its pixels.

Reference
---------
`rleEncode` of pycocotools.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
