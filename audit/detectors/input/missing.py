"""The input is not there.

What it finds
-------------
A path that names no file or folder.

Why it matters
--------------
There is no dataset to audit: the command exits with 2. With --salvage the rest is audited.

When it is wrong
----------------
Where the path is relative to another folder than the one the command runs in.

Example
-------
`maskaudit scan lables.json`, and the file is called labels.json. Check the path.

Reference
---------
None.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.FILES
