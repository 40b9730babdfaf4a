"""The picture is no file but a pipe, a device or a socket.

What it finds
-------------
File names under the picture folder that mean a named pipe, a device (also through a symbolic link,
such as one to ``/dev/zero``) or a socket. Only with ``--images``; nothing of the kind is opened.

Why it matters
--------------
Opening a pipe waits for ever, and reading ``/dev/zero`` never ends: a training run hangs without a
message.

When it is wrong
----------------
Programs that really hand pictures through pipes exist; a dataset on disk is not the place for them.

Example
-------
`frame_001.jpg` is a pipe, not a file.

Reference
---------
POSIX.1-2017, fifo(7): opening a FIFO for reading blocks until it is opened for writing.
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
    """Yield every image whose picture is something else than a file.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : NoOptions

    Yields
    ------
    Hit
    """
    return report_picture_state(measurements, "image.not_regular", "The picture {name} is {detail}.")
