"""The input is of no known format.

What it finds
-------------
A folder without COCO files and without label images.

Why it matters
--------------
There is no dataset to audit: the command exits with 2.

When it is wrong
----------------
Where the labels are of a format that maskaudit does not read.

Example
-------
`labels/` holds text files of YOLO. Convert them to COCO, or to one label image (PNG or TIFF) a picture.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
