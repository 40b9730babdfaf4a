"""Two files disagree about a category.

What it finds
-------------
Files given together in which one id has two names.

Why it matters
--------------
Trained together, one class gets two meanings.

When it is wrong
----------------
Files that are never trained together may number their categories as they like: audit them one by one.

Example
-------
Category 3 is `cat` in train.json and `dog` in val.json. Give the files one list of categories.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
