"""An annotation has too many parts.

What it finds
-------------
More than 10,000 polygons.

Why it matters
--------------
The object has no mask: loaders skip it, stop, or crash inside pycocotools.

When it is wrong
----------------
None is known: the largest real masks have some hundred parts.

Example
-------
Annotation 12 was traced from a noisy mask: 40,000 polygons of a pixel each. Clean the mask, or write it
as RLE.

Reference
---------
None: a limit of time and memory.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
