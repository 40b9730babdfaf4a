"""An image is declared too large.

What it finds
-------------
A side over 131,072 or over 2^28 pixels in all.

Why it matters
--------------
No program can hold its masks.

When it is wrong
----------------
Whole slide images and satellite scenes can be larger: cut them into tiles, as training does.

Example
-------
Image 4 is declared 200,000 px wide. Write the picture's size in pixels.

Reference
---------
None: the limits keep a mask of the image below 2^28 pixels of memory.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
