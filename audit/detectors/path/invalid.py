"""A file name is not usable.

What it finds
-------------
A file_name that is absent, empty, too long, or holds a NUL character.

Why it matters
--------------
The picture cannot be opened.

When it is wrong
----------------
Never.

Example
-------
Image 4 has ``"file_name": ""``. Write the picture's name.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
