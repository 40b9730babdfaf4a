"""The RLE has another size than its image.

What it finds
-------------
size differs from the image's height and width.

Why it matters
--------------
pycocotools trusts this: it crashes, hangs, or returns other memory.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has ``"size": [480, 640]``, its image is 960 x 1280: the mask was made on a smaller copy.
Encode it at the image's size.

Reference
---------
`iou` and `merge` of pycocotools, which return -1 or an empty mask for sizes that differ.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
