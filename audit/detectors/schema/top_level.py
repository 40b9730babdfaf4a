"""The document is of another kind.

What it finds
-------------
A list, a text or null where a COCO object is expected, or an object where results are.

Why it matters
--------------
There is no dataset to audit: the command exits with 2. With --salvage the rest is audited.

When it is wrong
----------------
Where labels and results were only given in the wrong order.

Example
-------
labels.json is a list of annotations. Labels are an object with images, annotations, categories; results
are a list.

Reference
---------
COCO data format, https://cocodataset.org/#format-data; COCO results format,
https://cocodataset.org/#format-results.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
