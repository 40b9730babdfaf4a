"""A score is not between 0 and 1.

What it finds
-------------
Percentages, logits, negative scores.

Why it matters
--------------
Thresholds mean nothing then.

When it is wrong
----------------
Average precision depends on the order of scores alone: it is right for logits, too.

Example
-------
Result 7 has the score 97.3. Write probabilities: 0.973.

Reference
---------
COCO results format, https://cocodataset.org/#format-results.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
JUDGES = Judges.FILES
