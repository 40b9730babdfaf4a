"""Label images have a value that numbers no object: a band along outlines, or -1.

What it finds
-------------
The value -1, and 255 or 65535 where it is a thin band along the other objects, as Pascal VOC draws it. These
pixels are read as background. Said once.

Why it matters
--------------
Tools that take every value for an object train on a band around all others; tools that take it for background
teach that outlines are background, where the labels say "do not judge here".

When it is wrong
----------------
A thin object with number 255 that lies along others.

Example
-------
The value 255 of 12 of the 12 label images marks pixels to ignore. Leave them out of the loss, or write 0.

Reference
---------
Everingham et al., "The Pascal Visual Object Classes Challenge", 2010 (void, 255); cv2.watershed (-1).
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.INFO
JUDGES = Judges.FILES
