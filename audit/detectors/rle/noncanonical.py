"""The RLE has runs of length 0.

What it finds
-------------
Zero-length runs between others: legal, read as if they were not there.

Why it matters
--------------
Some tools compare RLE texts.

When it is wrong
----------------
Legal, and harmless to programs that decode.

Example
-------
Annotation 12 has the counts [5, 0, 3, 4]: the same mask as [8, 4]. Encode the mask again.

Reference
---------
`rleEncode` of pycocotools, which writes a run of 0 at the start only.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.INFO
IMPORTANCE = 0.05
JUDGES = Judges.FILES
