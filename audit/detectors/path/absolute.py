"""A file name is an absolute path.

What it finds
-------------
Names that begin at the root of a disk.

Why it matters
--------------
The dataset works on one machine only. It is never opened here.

When it is wrong
----------------
Where the dataset never leaves this machine.

Example
-------
Image 4 is `/home/ann/pictures/0007.png`. Write `0007.png`, and give the folder with ``--images``.

Reference
---------
CWE-36, Absolute Path Traversal.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
IMPORTANCE = 0.1
JUDGES = Judges.FILES
