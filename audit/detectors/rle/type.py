"""The RLE has fields of another kind.

What it finds
-------------
size or counts absent, of texts, fractions, or nested.

Why it matters
--------------
pycocotools trusts this: it crashes, hangs, or returns other memory.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has ``"size": "480x640"``. Write size: [h, w] and counts as a text or a list of integers.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
