"""iscrowd is missing.

What it finds
-------------
An annotation without iscrowd.

Why it matters
--------------
COCOeval and most training programs read this field and stop, or count the object wrongly.

When it is wrong
----------------
Programs that know no crowd regions do without the field.

Example
-------
Annotation 12 has no `iscrowd`. Add ``"iscrowd": 0``.

Reference
---------
COCO data format, https://cocodataset.org/#format-data; `COCOeval` of pycocotools, which reads the field
of every object.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
IMPORTANCE = 0.1
JUDGES = Judges.FILES
