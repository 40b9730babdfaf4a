"""The picture is a symbolic link that leads out of the picture folder.

What it finds
-------------
File names that mean a file outside the folder given with ``--images``, because the file, or a folder
on the way to it, is a symbolic link. The file is not opened.

Why it matters
--------------
The dataset cannot be copied or packed as it is, and a link in somebody else's dataset can make a
report show a file that was never meant to be shown.

When it is wrong
----------------
Where pictures are kept once, in a store of their own, and each dataset links to them. Give that
store's folder with ``--images``, or copy the pictures.

Example
-------
`0001.jpg` is a symbolic link to a file outside of `images/`.

Reference
---------
CWE-59, "Improper Link Resolution Before File Access".
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.detectors.base import Hit
from audit.detectors.picture_states import report_picture_state
from audit.detectors.rule import NoOptions
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR


def detect(measurements: Measurements, options: NoOptions) -> Iterator[Hit]:
    """Yield every image whose picture lies outside the picture folder.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : NoOptions

    Yields
    ------
    Hit
    """
    return report_picture_state(
        measurements, "path.symlink_escape", "The picture {name} was not opened: {detail}."
    )
