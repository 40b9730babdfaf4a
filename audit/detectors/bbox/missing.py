"""There is no box.

What it finds
-------------
An annotation without bbox.

Why it matters
--------------
COCOeval and most training programs read this field and stop, or count the object wrongly.

When it is wrong
----------------
Programs that take boxes from the masks do without the field.

Example
-------
Annotation 12 has a mask and no `bbox`. Add the mask's box as [x, y, w, h].

Reference
---------
COCO data format, https://cocodataset.org/#format-data; torchvision's and Detectron2's readers of COCO
files, which read the field.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
JUDGES = Judges.FILES
