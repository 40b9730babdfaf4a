"""Cellpose's ``*_seg.npy``: a pickled dictionary, of which the masks are taken without running anything.

Unpickling runs what a file says. So the file's instructions are only read, with the standard library's
`pickletools`, and those of plain data are followed: numbers, text, lists, dictionaries, and arrays as the
values that describe them. Whatever else stands there is a thing without a meaning, and never called.
"""

from __future__ import annotations

import hashlib
import pickletools
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import Source
from audit.dataset.paths import RefusedError, open_inside
from audit.dataset.picture_limits import MAX_FILE_BYTES
from audit.loaders.label_images import (
    LabelImage,
    build_mask_dataset,
    name_label_files,
    report_label_faults,
    unusable_label_image,
)
from audit.loaders.label_stacks import read_array, read_npy_header, split_array
from audit.loaders.loaded import LoadedDataset

FORMAT = "cellpose"
ENDING = "_seg.npy"
_MAX_STEPS = 10**6
_HEADER_BYTES = 128
"""Of a ``.npy`` file, in which its type stands."""
_DTYPES = frozenset({"u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "b1"})
_MARK = object()
_PUSHED = frozenset({
    "BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "LONG4", "BINFLOAT", "FLOAT", "BINUNICODE",
    "SHORT_BINUNICODE", "BINUNICODE8", "UNICODE", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
    "STRING", "BINSTRING", "SHORT_BINSTRING",
})  # fmt: skip
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}


class _Called:
    """What a file asks to call, with what, and the state it gives to the result; nothing is called."""

    def __init__(self, function: object, arguments: object) -> None:
        self.function, self.arguments, self.state = function, arguments, None


def read_cellpose(folder: Path) -> LoadedDataset:
    """Read the masks of Cellpose files.

    Parameters
    ----------
    folder : Path
        Any folder above ``*_seg.npy`` files, or one of them.

    Returns
    -------
    LoadedDataset
        An annotation's id is its label. Pictures are called as the files, without ``_seg``.

    Examples
    --------
    >>> import tempfile
    >>> len(read_cellpose(Path(tempfile.mkdtemp())).dataset.images)
    0
    """
    root = folder.parent if folder.is_file() else folder
    paths = [Path(folder.name)] if folder.is_file() else list_cellpose_files(folder)
    names: list[Path] = []
    images: list[LabelImage] = []
    size_bytes = 0
    for path in paths:
        pages = _read_file(root, path)
        names += [path] * len(pages)
        images += pages
        size_bytes += (root / path).stat().st_size
    listing = "".join(f"{path.as_posix()}\0{page.sha256}\n" for path, page in zip(names, images, strict=True))
    source = Source(str(folder), FORMAT, size_bytes, hashlib.sha256(listing.encode()).hexdigest())
    findings = tuple(report_label_faults(images, names, source.name))
    return LoadedDataset(name_label_files(build_mask_dataset(images, source), names), findings)


def list_cellpose_files(folder: Path) -> list[Path]:
    """List the files of a folder, relative to it.

    Examples
    --------
    >>> list_cellpose_files(Path("no such folder"))
    []
    """
    return sorted(path.relative_to(folder) for path in folder.rglob(f"*{ENDING}") if path.is_file())


def _read_file(root: Path, path: Path) -> list[LabelImage]:
    picture = path.as_posix().removesuffix(ENDING)
    beside = [f"{picture}{suffix}" for suffix in (".png", ".tif", ".tiff", ".jpg", ".jpeg")]
    file_name = next((name for name in beside if (root / name).is_file()), beside[0])
    try:
        with open_inside(root, path.as_posix()) as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except RefusedError as refusal:
        return [unusable_label_image(file_name, "", "label.unreadable", refusal.detail)]
    sha256 = hashlib.sha256(data).hexdigest()
    if data.startswith(b"\x93NUMPY") and b"'|O'" not in data[:_HEADER_BYTES]:
        return read_array(data, file_name, sha256)  # the masks alone, under Cellpose's name
    try:
        masks = extract_masks(data)
    except ValueError as error:
        return [unusable_label_image(file_name, sha256, "label.unreadable", str(error))]
    return split_array(masks, file_name, sha256)


def extract_masks(data: bytes) -> NDArray[np.generic]:
    """Take the array ``masks`` out of a pickled dictionary in a ``.npy`` file.

    Parameters
    ----------
    data : bytes

    Raises
    ------
    ValueError
        If it is not there, or is not described by plain data alone.

    Examples
    --------
    >>> buffer = BytesIO()
    >>> np.save(buffer, {"masks": np.array([[0, 1]], dtype=np.uint16)}, allow_pickle=True)
    >>> extract_masks(buffer.getvalue()).tolist()
    [[0, 1]]
    >>> extract_masks(b"")
    Traceback (most recent call last):
    ...
    ValueError: it is no .npy file
    """
    if not data.startswith(b"\x93NUMPY"):
        raise ValueError("it is no .npy file")
    stream = BytesIO(data)
    read_npy_header(stream)
    content = _read_plain_data(data[stream.tell() :])
    state = content.state if isinstance(content, _Called) else None
    values = state[-1] if isinstance(state, tuple) and state else None
    fields = values[0] if isinstance(values, list) and len(values) == 1 else None
    if not isinstance(fields, dict) or "masks" not in fields:
        raise ValueError("it is no dictionary with masks, as Cellpose saves one")
    return _make_array(fields["masks"])


def _read_plain_data(data: bytes) -> Any:
    """Follow the instructions of a pickle that make plain data."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    try:
        for step, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if step > _MAX_STEPS:
                raise ValueError("it is more than masks")
            if opcode.name == "STOP":
                return stack[-1]
            _follow(opcode.name, argument, stack, memo)
    except (IndexError, KeyError, TypeError, AttributeError, UnicodeError, OverflowError) as error:
        raise ValueError(f"its data cannot be followed: {type(error).__name__}") from None
    raise ValueError("it is cut short")


def _follow(name: str, argument: Any, stack: list[Any], memo: dict[int, Any]) -> None:
    if name in _PUSHED:
        stack.append(argument)
    elif name in _CONSTANTS:
        stack.append(_CONSTANTS[name])
    elif name in ("EMPTY_DICT", "EMPTY_LIST"):
        stack.append({} if name == "EMPTY_DICT" else [])
    elif name == "MARK":
        stack.append(_MARK)
    elif name in ("TUPLE", "LIST", "DICT"):
        members = _pop_to_mark(stack)
        pairs = dict(zip(members[::2], members[1::2], strict=True)) if name == "DICT" else None
        stack.append(tuple(members) if name == "TUPLE" else members if pairs is None else pairs)
    elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
        count = int(name[-1])
        stack[-count:] = [tuple(stack[-count:])]
    elif name in ("APPEND", "APPENDS"):
        members = [stack.pop()] if name == "APPEND" else _pop_to_mark(stack)
        stack[-1].extend(members)
    elif name in ("SETITEM", "SETITEMS"):
        members = [stack.pop(-2), stack.pop()] if name == "SETITEM" else _pop_to_mark(stack)
        stack[-1].update(zip(members[::2], members[1::2], strict=True))
    elif name in ("GLOBAL", "STACK_GLOBAL"):
        stack.append(argument if name == "GLOBAL" else f"{stack.pop(-2)} {stack.pop()}")
    elif name in ("REDUCE", "NEWOBJ"):
        arguments = stack.pop()
        stack.append(_Called(stack.pop(), arguments))
    elif name == "BUILD":
        state = stack.pop()
        stack[-1].state = state
    elif name == "MEMOIZE":
        memo[len(memo)] = stack[-1]
    elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
        memo[argument] = stack[-1]
    elif name in ("GET", "BINGET", "LONG_BINGET"):
        stack.append(memo[argument])
    elif name == "POP":
        stack.pop()
    elif name not in ("PROTO", "FRAME"):
        raise ValueError(f"it holds more than plain data ({name})")


def _pop_to_mark(stack: list[Any]) -> list[Any]:
    start = next((n for n in reversed(range(len(stack))) if stack[n] is _MARK), None)
    if start is None:
        raise ValueError("its data cannot be followed: a mark is missing")
    members = stack[start + 1 :]
    del stack[start:]
    return members


def _make_array(described: Any) -> NDArray[np.generic]:
    """Make an array of the values that describe it: shape, type, order and bytes."""
    state = described.state if isinstance(described, _Called) else None
    if not isinstance(state, tuple) or len(state) != 5:
        raise ValueError("its masks are no array")
    _, shape, dtype, is_fortran, content = state
    names = dtype.arguments if isinstance(dtype, _Called) else ()
    name = names[0] if isinstance(names, tuple) and names else None
    dtype_state = dtype.state if isinstance(dtype, _Called) and isinstance(dtype.state, tuple) else ()
    order = dtype_state[1] if len(dtype_state) > 1 else "<"
    if name not in _DTYPES or not isinstance(content, bytes) or not isinstance(shape, tuple):
        raise ValueError("its masks are no array of whole numbers")
    if not all(type(side) is int and side >= 0 for side in shape) or len(shape) > 3:
        raise ValueError("its masks have no usable shape")
    element = np.dtype(name).newbyteorder(">" if order == ">" else "<")
    n_values = 1
    for side in shape:
        n_values *= side
    if n_values * element.itemsize != len(content):
        raise ValueError("its masks are cut short")
    return np.frombuffer(content, dtype=element).reshape(shape, order="F" if is_fortran is True else "C")
