"""An annotation has no known category.

What it finds
-------------
A category_id that is absent or names no category.

Why it matters
--------------
Loaders stop, or train a class that does not exist.

When it is wrong
----------------
Where the list of categories was cut down on purpose, and the annotations shall go as well: remove them
from the file.

Example
-------
Annotation 12 has the category_id 91, and the list ends at 90. Add the category or correct the
annotation.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
