"""Numbers for names that are the same on every machine and in every run."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.native.library import array, declare

_hash_texts = declare("maskaudit_hash_texts", array("u1"), array("i8"), c_int64)


def hash_texts(texts: Sequence[str]) -> NDArray[np.uint64]:
    """Hash texts as `pandas.util.hash_array` does, without pandas.

    Parameters
    ----------
    texts : sequence of str
        Without lone surrogates: see `audit.findings.sanitize.encodable`.

    Returns
    -------
    (n,) uint64
        SipHash-2-4 of the UTF-8 bytes, mixed once more.

    Examples
    --------
    >>> hash_texts(["a.png"]).tolist()
    [16682075924390772619]
    >>> hash_texts([]).tolist()
    []
    """
    encoded = [text.encode() for text in texts]
    start = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    content = np.frombuffer(b"".join(encoded), np.uint8)
    return _hash_texts(content, start, len(encoded))["hash"]
