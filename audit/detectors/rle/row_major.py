"""The RLE masks of a file are written row by row.

What it finds
-------------
Files in which nearly all RLE masks are lines as COCO reads them, column by column, and whole, with less than
half of the perimeter, where height and width are exchanged. Up to 100 masks are read both ways; at least 5,
and nine in ten of those that tell, must agree. Square images tell nothing, nor do masks with more than 5,000
runs. It is said once.

Why it matters
--------------
Every mask is scattered over its image, and its box and area look right: they were written by the same tool.
A model learns noise.

When it is wrong
----------------
Patterns that repeat with the width of the image, such as combs of lines.

Example
-------
All masks are stripes 20 px apart in images of 480 x 640. The exporter ran over ``mask.ravel()``; write
``pycocotools.mask.encode(np.asfortranarray(mask))``, or count over ``mask.ravel(order="F")``.

Reference
---------
pycocotools, ``maskApi.h``: run lengths in column-major order.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
