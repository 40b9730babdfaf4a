"""What was measured is kept until the scan is done, so that a scan that is killed goes on where it was.

Every shard has a file of its own, named by a hash of all that its tables follow from: its outlines and run
lengths, the sizes of its images, how it is measured, and this version of maskaudit. Input that has changed is
another name, and is measured again. A file begins with a checksum of the rest: what is damaged or cut short
is not there.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from audit import __version__
from audit.carriers import dataclass
from audit.dataset.shard import Shard
from audit.measure.schema import SCHEMA_VERSION
from audit.measure.shard import ShardTables, place_rows
from audit.native.library import library_path

_logger = logging.getLogger("maskaudit.pipeline")

_DIGEST_BYTES = 32
_TABLES = ("instances", "pairs", "shapes", "unions", "cuts")


@dataclass(frozen=True, slots=True)
class KeptShards:
    """Measures shards, each only once as long as its file is there.

    It is called in worker processes, too: they find it by this module.
    """

    measure: Callable[[Shard], ShardTables]
    options: str
    """What besides the shard decides what is measured."""
    folder: Path

    def __call__(self, shard: Shard) -> ShardTables:
        """Return the tables of a shard: those that are kept, else measured and kept now.

        Parameters
        ----------
        shard : Shard
        """
        file = self.folder / f"{hash_shard(shard, self.options)}.shard"
        tables = read_tables(file)
        if tables is None:
            # Rows count from the shard's beginning: where it lies in the dataset may differ the next time.
            tables = self.measure(replace(shard, rows=np.arange(len(shard))))
            write_tables(tables, file)
        return place_rows(tables, shard.rows)


def hash_shard(shard: Shard, options: str) -> str:
    r"""Hash all that the measurements of a shard follow from.

    Parameters
    ----------
    shard : Shard
    options : str

    Examples
    --------
    >>> from audit.dataset.shard import split_shards
    >>> from audit.testing import dataset, scene
    >>> (square,), (line,) = (split_shards(dataset(scene(text))) for text in ("aa\\naa", "aa"))
    >>> hash_shard(square, "") == hash_shard(line, ""), hash_shard(square, "") == hash_shard(square, "forms")
    (False, False)
    """
    digest = hashlib.blake2b(f"{_code_version()} {options}".encode(), digest_size=_DIGEST_BYTES)
    segmentation = shard.segmentation
    arrays = [getattr(shard, name) for name in ("height", "width", "category", "iscrowd")]
    arrays += [shard.image - shard.image[:1]]
    arrays += [getattr(segmentation, column.name) for column in fields(segmentation)]
    for array in arrays:
        contiguous = np.ascontiguousarray(array)
        digest.update(f"{contiguous.dtype.str}{contiguous.shape}".encode())
        digest.update(contiguous.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


@cache
def _code_version() -> str:
    core = hashlib.blake2b(library_path().read_bytes()).hexdigest()
    return f"{__version__} {SCHEMA_VERSION} {core}"


def write_tables(tables: ShardTables, file: Path) -> None:
    """Keep tables in a file; where that fails, the scan goes on without it.

    Parameters
    ----------
    tables : ShardTables
    file : Path
        Its folder is made if absent.
    """
    arrays = {
        f"{name}/{column}": np.asarray(values)
        for name in _TABLES
        for column, values in getattr(tables, name).items()
    }
    packed = io.BytesIO()
    np.savez(packed, rows=tables.rows, **arrays)  # type: ignore[arg-type]
    content = packed.getvalue()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(_checksum(content) + content)
        Path(unfinished).replace(file)
    except OSError as error:
        _logger.warning("what was measured cannot be kept for a later scan: %s", error)


def read_tables(file: Path) -> ShardTables | None:
    """Read what `write_tables` wrote; None where there is no such file, or not all of it.

    Parameters
    ----------
    file : Path

    Examples
    --------
    >>> read_tables(Path("no such file")) is None
    True
    """
    try:
        data = file.read_bytes()
    except OSError:
        return None
    content = data[_DIGEST_BYTES:]
    if data[:_DIGEST_BYTES] != _checksum(content):
        _logger.info("%s is damaged; its shard is measured again", file.name)
        return None
    tables: dict[str, Any] = {name: {} for name in _TABLES}
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            for key in arrays.files:
                name, _, column = key.partition("/")
                if column:
                    tables[name][column] = arrays[key]
            return ShardTables(rows=arrays["rows"], **tables)
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile):
        return None  # whole, but not what this version writes


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()
