"""A file name leads out of the folder.

What it finds
-------------
Names with .. that climb out, or a drive letter.

Why it matters
--------------
Programs that follow it read other files. It is never opened here.

When it is wrong
----------------
Where the pictures really lie beside the folder: give the folder above with ``--images``.

Example
-------
Image 4 is `../../etc/passwd`. Write paths below the picture folder.

Reference
---------
CWE-22, Improper Limitation of a Pathname to a Restricted Directory.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
