"""An annotation has the id 0.

What it finds
-------------
An annotation whose id is 0.

Why it matters
--------------
COCOeval uses 0 for "not matched": this object counts as missed however well it is found.

When it is wrong
----------------
Where the labels are never evaluated by COCOeval.

Example
-------
Annotation 0 is found by every model, and COCOeval counts it as missed. Start at 1.

Reference
---------
`COCOeval` of pycocotools: it stores the id of the matched object, and takes 0 for none.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
IMPORTANCE = 0.4
JUDGES = Judges.FILES
