"""A score is not finite.

What it finds
-------------
NaN or Infinity.

Why it matters
--------------
Sorting by it is chance.

When it is wrong
----------------
Never.

Example
-------
Result 7 has ``"score": NaN``: the model's weights overflowed. Write a number, and check the model.

Reference
---------
RFC 8259, The JavaScript Object Notation (JSON) Data Interchange Format, section 6.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
