"""A label image has one value for many objects.

What it finds
-------------
A single value besides 0 that covers several separate regions.

Why it matters
--------------
This is a mask of foreground, not of instances: all objects count as one.

When it is wrong
----------------
One object that something in front of it divides into several regions, alone in its picture.

Example
-------
The label image 0007.png holds 0 and 255 only, in 38 regions. Number the objects, for example by
scipy.ndimage.label, and check objects that touch.

Reference
---------
scipy.ndimage.label; it joins objects that touch.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
JUDGES = Judges.FILES
