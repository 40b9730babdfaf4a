"""What LVIS looked for in an image: ``neg_category_ids`` and ``not_exhaustive_category_ids``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from audit.dataset.federated import FREQUENCIES, FederatedLabels, IntArray
from audit.dataset.model import Images
from audit.loaders.ids import IdIndex

_FIRST_RECORDS = 20
"""A file is LVIS' where one of so many first image records says so: in LVIS every record does."""
_KEYS = ("neg_category_ids", "not_exhaustive_category_ids")


def read_federated_labels(
    records: Sequence[bytes], images: Images, category_index: IdIndex, categories: Sequence[bytes] = ()
) -> FederatedLabels | None:
    """Read which categories were looked for in which images.

    Parameters
    ----------
    records : sequence of bytes-like
        The image records of a file.
    images : Images
        What was read of them.
    category_index : IdIndex
    categories : sequence of bytes-like
        The category records of the file, for ``frequency``.

    Returns
    -------
    FederatedLabels or None
        None where the file is not federated. Ids of no category are left out.

    Examples
    --------
    >>> from audit.loaders.coco_images import read_images
    >>> from audit.loaders.defect_log import DefectLog
    >>> records = [b'{"id": 5, "file_name": "a", "height": 4, "width": 4, "neg_category_ids": [3, 9]}']
    >>> images, _, _ = read_images(records, DefectLog("a.json"))
    >>> read_federated_labels(records, images, IdIndex(np.array([2, 3]))).negative.tolist()
    [[0, 1]]
    >>> read_federated_labels([b"{}"], images, IdIndex(np.array([2, 3]))) is None
    True
    """
    key = f'"{_KEYS[0]}"'.encode()
    if not any(key in bytes(record) for record in records[:_FIRST_RECORDS]):
        return None
    columns = []
    for name in _KEYS:
        pairs = np.array(list(_list_pairs(records, images, name)), dtype=np.int64).reshape(-1, 2)
        category = category_index.find_rows(pairs[:, 1])
        columns.append(np.stack([pairs[:, 0], category], axis=1)[category >= 0])
    negative, not_exhaustive = columns
    return FederatedLabels(negative, not_exhaustive, _read_frequencies(categories, category_index))


def _read_frequencies(records: Sequence[bytes], category_index: IdIndex) -> IntArray:
    """Return categories with their frequency; what is none of LVIS' three letters says nothing."""
    known = []
    for record in records:
        try:
            fields = msgspec.json.decode(record)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            continue
        category_id, frequency = (
            fields.get(name) if isinstance(fields, dict) else None for name in ("id", "frequency")
        )
        if frequency in tuple(FREQUENCIES) and type(category_id) is int and abs(category_id) < 2**63:
            known.append((category_id, FREQUENCIES.index(frequency)))
    pairs = np.array(known, dtype=np.int64).reshape(-1, 2)
    category = category_index.find_rows(pairs[:, 0])
    return np.unique(np.stack([category, pairs[:, 1]], axis=1)[category >= 0], axis=0)


def _list_pairs(records: Sequence[bytes], images: Images, name: str) -> Iterator[tuple[int, int]]:
    """Yield the row of an image and an id in its list; what is no list of integers says nothing."""
    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
    for row, position in enumerate(images.index.tolist()):
        try:
            ids = msgspec.json.decode(decoder.decode(records[position]).get(name, b"[]"))
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            continue
        for category_id in ids if isinstance(ids, list) else ():
            if type(category_id) is int and abs(category_id) < 2**63:
                yield row, category_id
