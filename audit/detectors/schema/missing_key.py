"""A list is missing.

What it finds
-------------
No images, annotations or categories.

Why it matters
--------------
There is no dataset to audit: the command exits with 2. With --salvage the rest is audited.

When it is wrong
----------------
Files of image information without annotations, such as COCO's image_info_test, are meant to lack a
list.

Example
-------
labels.json has `images` and `annotations`, but no `categories`. Add the list, even if empty.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
