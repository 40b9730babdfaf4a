"""An annotation has too many vertices.

What it finds
-------------
More than 500,000 vertices.

Why it matters
--------------
The object has no mask: loaders skip it, stop, or crash inside pycocotools.

When it is wrong
----------------
None is known: an outline has at most some vertices a pixel of its length.

Example
-------
Annotation 12 has an outline of 2,000,000 vertices. Simplify the outline, or write RLE.

Reference
---------
None: a limit of time and memory.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
