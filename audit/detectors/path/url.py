"""A file name is a URL.

What it finds
-------------
Names such as https://….

Why it matters
--------------
Nothing is fetched over a network.

When it is wrong
----------------
Where your loader downloads pictures by itself.

Example
-------
Image 4 is `https://example.org/0007.png`. Download the pictures and write their names; COCO has
`coco_url` for the address.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
IMPORTANCE = 0.1
JUDGES = Judges.FILES
