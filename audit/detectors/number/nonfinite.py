"""A number is not finite.

What it finds
-------------
NaN, Infinity, or a number that overflows such as 1e400.

Why it matters
--------------
It is no JSON, and it spreads: one NaN makes a loss NaN.

When it is wrong
----------------
Never.

Example
-------
Annotation 12 has ``"area": NaN``, as Python's json writes it. Write the real number, or leave the field
out.

Reference
---------
RFC 8259, The JavaScript Object Notation (JSON) Data Interchange Format, section 6: NaN and Infinity are
not permitted.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
