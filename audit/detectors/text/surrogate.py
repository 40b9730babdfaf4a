"""A text cannot be encoded.

What it finds
-------------
Half of a surrogate pair in a name.

Why it matters
--------------
Writing it to a file fails.

When it is wrong
----------------
Never.

Example
-------
The second character of image 4's name is U+D83D alone, half of an emoji. Correct the text.

Reference
---------
RFC 3629, section 3: UTF-8 has no surrogates.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
IMPORTANCE = 0.1
JUDGES = Judges.FILES
