"""Two images have one file.

What it finds
-------------
Two image records with one file_name.

Why it matters
--------------
The picture is trained twice, each time with a part of its labels as background.

When it is wrong
----------------
Where one file name stands for different pictures, in folders that the file does not name.

Example
-------
Images 4 and 9 are both `0007.png`. Give all annotations the id of the first, and remove the second.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
JUDGES = Judges.FILES
