"""A number has too many digits.

What it finds
-------------
Numbers of over 400 characters.

Why it matters
--------------
Programs hang, round or refuse it.

When it is wrong
----------------
Never.

Example
-------
A coordinate is written with 4,000 digits. Write the real number.

Reference
---------
RFC 8259, The JavaScript Object Notation (JSON) Data Interchange Format, section 6: parsers may limit
range and precision.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
