"""A label image does not number its objects.

What it finds
-------------
Colours, fractions or numbers below -1 where one whole number a pixel is expected. Where each
file marks one object: several values, or another size than the picture's.

Why it matters
--------------
Which pixel belongs to which object cannot be told.

When it is wrong
----------------
Where colours stand for categories on purpose, as in semantic masks: those hold no instances.

Example
-------
The label image 0007.png is an RGB picture. Save one page with one integer a pixel: 0 for background, 1,
2, ... for the objects.

Reference
---------
None: what scikit-image, Cellpose and StarDist call a label image.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
