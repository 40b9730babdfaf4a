"""Texts that a page holds compressed, and its script unpacks when they are needed."""

from __future__ import annotations

import base64
import gzip


def compress_text(text: str) -> str:
    """Compress a text so that a page can hold it and its script can unpack it: gzip, then base64.

    Examples
    --------
    >>> gzip.decompress(base64.b64decode(compress_text("nucleus"))).decode()
    'nucleus'
    """
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()
