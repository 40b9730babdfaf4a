"""A JSON file of the folder was left out.

What it finds
-------------
JSON files in a folder of labels that hold no instances: captions, files of other tools, and keypoints whose
images another file labels already.

Why it matters
--------------
What was left out was not audited. Read twice, the same objects would be found as duplicates.

When it is wrong
----------------
Where the file is meant to be audited: name it alone.

Example
-------
``annotations/`` of COCO's own download holds ``captions_val2017.json`` and ``person_keypoints_val2017.json``
beside ``instances_val2017.json``: only the last is audited.

Reference
---------
COCO data format, https://cocodataset.org/#format-data.
"""

from audit.detectors.rule import Judges
from audit.findings.finding import Severity

SEVERITY = Severity.INFO
JUDGES = Judges.FILES
