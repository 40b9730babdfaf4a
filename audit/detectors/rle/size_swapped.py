"""The RLE's height and width are swapped.

What it finds
-------------
size is [width, height].

Why it matters
--------------
pycocotools trusts this: it crashes, hangs, or returns other memory.

When it is wrong
----------------
Where the image's own height and width are swapped: then the rule is right about the contradiction, and
the image is to be corrected.

Example
-------
Annotation 12 has ``"size": [640, 480]``, its image is 480 px high and 640 px wide. Write [height,
width].

Reference
---------
COCO data format, https://cocodataset.org/#format-data: size is [height, width].
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
