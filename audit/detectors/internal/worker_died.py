"""A worker process died while it measured this annotation.

What it finds
-------------
With ``--isolate`` masks are measured in worker processes. Such a process may be killed, by a fault in a
native library or for lack of memory. The audit then cuts the work in halves until it knows the
annotation, leaves it out, and goes on.

Why it matters
--------------
The annotation was not judged, nor was any pair that it belongs to.

When it is wrong
----------------
Where the machine is short of memory, an innocent annotation may be named. Use fewer workers.

Example
-------
Annotation 17 has a mask of 200 million pixels, and the process had 500 MB: it was killed.

Reference
---------
None: what operating systems do to processes.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.ERROR
JUDGES = Judges.RUN
