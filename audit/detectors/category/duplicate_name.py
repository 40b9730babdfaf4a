"""Two categories have one name.

What it finds
-------------
Equal names under two ids, also as composed and decomposed letters. The root that Roboflow writes above
all other categories may have the name of one of them, as long as no annotation is of the root.

Why it matters
--------------
The model gets two classes for one thing.

When it is wrong
----------------
Two categories may share a name where their supercategories tell them apart, such as `head` of a person
and of a horse: give them longer names all the same.

Example
-------
Categories 3 and 7 are both called `cell`. Merge them: let all annotations have one of the two ids.

Reference
---------
Unicode Standard Annex 15, Unicode Normalization Forms (composed and decomposed letters).
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING
IMPORTANCE = 0.6
JUDGES = Judges.FILES
