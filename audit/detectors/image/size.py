"""An image has no usable size.

What it finds
-------------
A height or width that is absent, not an integer, or not positive.

Why it matters
--------------
Masks cannot be drawn; pycocotools crashes on some.

When it is wrong
----------------
Never.

Example
-------
Image 4 has ``"height": null``. Write the picture's size in pixels.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
