"""An annotation belongs to no image.

What it finds
-------------
An image_id that is absent or names no image.

Why it matters
--------------
The annotation is lost, or the loader stops.

When it is wrong
----------------
Where the file is a part of a larger one, and the images are in another part: audit the parts together.

Example
-------
Annotation 12 has the image_id 4711, which no image has. Add the image or remove the annotation.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
