"""A record is not an object.

What it finds
-------------
null, a number, a text or a list where a record is expected. A whole list of that kind stops the audit.

Why it matters
--------------
Loaders stop at it.

When it is wrong
----------------
Never.

Example
-------
Annotation number 4 of the list is null. Remove the record, or unnest the list.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
