"""G: images, their pictures and where file names lead.

Pictures are made in the folder: labels.json, _secret.jpg, set/pictures/{a.jpg,b.jpg,c.png}.
"""

import os
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from corpus.base import (
    ABSENT,
    ACCEPT,
    FINDING,
    HEIGHT,
    IMAGE,
    PARTS,
    VICTIM,
    VICTIM_IMAGE,
    WIDTH,
    Built,
    Case,
    Document,
    changed,
    dumps,
    masked,
    sound,
    written,
)

Prepare = Callable[[Path], Any]
"""Does something to the victim's picture file, whose path it is given."""

RAGGED = [[2 + k, 3, 2 + k, 9 + k, 40, 45 - k, 5, 30.5] for k in range(30)]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"><script>alert(1)</script></svg>'
ORIENTATION = 274


def photograph(width: int = WIDTH, height: int = HEIGHT, shade: int = 0) -> Image.Image:
    """Make a smooth picture; another shade is another picture."""
    y, x = np.mgrid[:height, :width]
    return Image.fromarray(np.stack([x * 3, y * 4, x + y + shade], axis=-1).astype(np.uint8))


def pictures(folder: Path) -> Path:
    """Make the sound pictures, and one beside them that no report may show."""
    root = folder / "set" / "pictures"
    root.mkdir(parents=True)
    photograph(shade=40).save(root / "a.jpg")
    photograph().save(root / "b.jpg")
    photograph(shade=80).save(root / "c.png")
    photograph(shade=120).save(folder / "_secret.jpg")
    return root


def chunk(tag: bytes, data: bytes) -> bytes:
    """Write a PNG chunk."""
    return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))


def png(width: int, height: int, *more: bytes) -> bytes:
    """Write a PNG whose header declares a size; its pixels are those of 64 x 48."""
    rows = zlib.compress(b"\0" * (WIDTH + 1) * HEIGHT)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """Write a PNG text that unpacks to 80 MB."""
    pack = zlib.compressobj(1)
    data = b"".join(pack.compress(b"a" * 2**20) for _ in range(80)) + pack.flush()
    return chunk(b"zTXt", b"Comment\0\0" + data)


def picture(
    id: str,
    title: str,
    rule: str,
    changes: Mapping[str, Any] | None = None,
    prepare: Prepare | None = None,
    expected: str = FINDING,
    edit: Callable[[Document], Any] | None = None,
    **more: Any,
) -> Case:
    """Make a case of another record of the victim's image, of another picture file, or both."""

    def build(folder: Path) -> Built:
        root = pictures(folder)
        d = sound()
        record = d["images"][VICTIM_IMAGE]
        changed(record, changes or {})
        if edit is not None:
            edit(d)
        if prepare is not None:
            path = root / record["file_name"]
            path.unlink(missing_ok=True)
            prepare(path)
        return Built(written(folder, dumps(d)).path, images=root)

    more.setdefault("places", (IMAGE,) if expected == FINDING else ())
    return Case(id, title, expected, rule, build, **more)


def parts(*rings: list[float]) -> Callable[[Document], None]:
    """Give the victim other polygons."""
    return lambda d: d["annotations"][VICTIM].update(segmentation=list(rings))


def absolute(name: str) -> Callable[[Path], Built]:
    """Name a picture by its whole path."""

    def build(folder: Path) -> Built:
        root = pictures(folder)
        d = sound()
        d["images"][VICTIM_IMAGE]["file_name"] = str(root / name)
        return Built(written(folder, dumps(d)).path, images=root)

    return build


def jpeg(size: tuple[int, int] = (WIDTH, HEIGHT), orientation: int = 0, mode: str = "RGB") -> Prepare:
    """Save a JPEG of some size and EXIF orientation."""

    def prepare(path: Path) -> None:
        exif = Image.Exif()
        if orientation:
            exif[ORIENTATION] = orientation
        photograph(*size).convert(mode).save(path, exif=exif)

    return prepare


def short(share: float) -> Prepare:
    """Save a picture and cut its end off."""

    def prepare(path: Path) -> None:
        photograph(WIDTH, HEIGHT).resize((WIDTH, HEIGHT)).save(path)
        data = path.read_bytes()
        path.write_bytes(data[: int(share * len(data))])

    return prepare


def bytes_of(data: Callable[[], bytes]) -> Prepare:
    return lambda path: path.write_bytes(data())


def link(target: str) -> Prepare:
    return lambda path: path.symlink_to(target)


def loop(path: Path) -> None:
    path.symlink_to(path.with_name("other.jpg"))
    path.with_name("other.jpg").symlink_to(path)


def sixteen_bits(path: Path) -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    Image.fromarray((x * 900 + y).astype(np.uint16)).save(path)


def named(name: str | None) -> dict[str, Any]:
    return {"file_name": name}


def sized(width: Any, height: Any = HEIGHT) -> dict[str, Any]:
    return {"width": width, "height": height}


TALL = masked([PARTS[0]], WIDTH, HEIGHT)
"""An annotation that fits the turned image."""

CASES: tuple[Case, ...] = (
    picture("G01", "width and height 0 (multi-part polygon on it)", "image.size", sized(0, 0), edit=parts(*PARTS)),
    picture("G02", "width 0 only (multi-part polygon on it)", "image.size", sized(0), edit=parts(*PARTS)),
    picture("G02", "height 0 only", "image.size", sized(WIDTH, 0), edit=parts(*PARTS), variant="height"),
    picture("G03", "width missing", "image.size", {"width": ABSENT}),
    picture("G03", "both missing", "image.size", {"width": ABSENT, "height": ABSENT}, variant="both"),
    picture("G04", "width is a string", "image.size", sized("64")),
    picture("G05", "width negative", "image.size", sized(-WIDTH)),
    picture("G06", "width 64.5", "image.size", sized(64.5)),
    picture("G06", "width true", "image.size", sized(True), variant="true"),
    picture("G07", "width null", "image.size", sized(None)),
    picture("G08", "declared 10^6 x 10^6", "image.size_limit", sized(10**6, 10**6)),
    picture("G08", "declared 200,000 x 1", "image.size_limit", sized(200_000, 1), variant="side"),
    picture("G08", "declared 70,000 x 70,000", "image.size_limit", sized(70_000, 70_000), variant="product"),
    picture("G09", "declared 10^12 x 10^12", "image.size_limit", sized(10**12, 10**12)),
    picture("G09", "declared 10^30 x 10^30", "image.size_limit", sized(10**30, 10**30), variant="endless"),
    picture("G10", "width and height swapped", "image.size_mismatch", sized(HEIGHT, WIDTH)),
    picture("G11", "declared twice the real size", "image.size_mismatch", sized(2 * WIDTH, 2 * HEIGHT)),
    picture("G12", "width 0 + 30 ragged polygon parts", "image.size", sized(0), edit=parts(*RAGGED)),
    picture("G13", "EXIF orientation 6 JPEG (stored 64x48, shown 48x64)", "image.exif_rotated",
            sized(HEIGHT, WIDTH), jpeg(orientation=6)),
    picture("G13", "EXIF orientation 6, declared as stored", "image.exif_rotated", {}, jpeg(orientation=6), variant="stored"),
    picture("G13", "EXIF orientation 3", "image.exif_rotated", {}, jpeg(orientation=3), variant="half_turn"),
    picture("G14", "truncated JPEG", "image.unreadable", {}, short(0.6)),
    picture("G14", "JPEG without its last bytes", "image.unreadable", {}, short(0.97), variant="end"),
    picture("G14", "truncated PNG", "image.unreadable", named("b.png"), short(0.6), variant="png"),
    picture("G15", "0-byte image", "image.unreadable", {}, bytes_of(lambda: b"")),
    picture("G16", "text file named .jpg", "image.unreadable", {}, bytes_of(lambda: b"not a picture\n" * 9)),
    picture("G17", "decompression-bomb PNG 50,000 x 50,000", "image.bomb", named("b.png"), bytes_of(lambda: png(50_000, 50_000))),
    picture("G18", "image file missing", "image.missing", named("gone.jpg")),
    picture("G18", "image in a folder that is not there", "image.missing", named("train/b.jpg"), variant="folder"),
    picture("G19", "path traversal ../../_secret.jpg (a real picture)", "path.traversal", named("../../_secret.jpg")),
    picture("G19", "path traversal behind a folder's name", "path.traversal", named("x/../../../_secret.jpg"), variant="behind"),
    picture("G20", "path traversal ../../../../../../etc/passwd", "path.traversal", named("../" * 20 + "etc/passwd")),
    Case("G21", "absolute path", FINDING, "path.absolute", absolute("b.jpg"), places=(IMAGE,)),
    picture("G21", "absolute path to /etc/passwd", "path.absolute", named("/etc/passwd"), variant="passwd"),
    picture("G22", "Windows path ..\\..\\x.jpg and C:\\", "path.traversal", named("..\\..\\x.jpg")),
    picture("G22", "Windows drive", "path.traversal", named("C:\\pictures\\x.jpg"), variant="drive"),
    picture("G23", "symlink loop", "image.unreadable", {}, loop),
    picture("G24", "symlink to /etc/passwd", "path.symlink_escape", {}, link("/etc/passwd")),
    picture("G24", "symlink to a picture outside", "path.symlink_escape", {}, link("../../_secret.jpg"), variant="picture"),
    picture("G25", "file_name is a directory", "image.unreadable", {}, lambda path: path.mkdir()),
    picture("G26", "file_name is a FIFO (open blocks for ever)", "image.not_regular", {}, os.mkfifo),
    picture("G27", "symlink to /dev/zero (endless)", "image.not_regular", {}, link("/dev/zero")),
    picture("G28", "file_name ''", "path.invalid", named("")),
    picture("G28", "file_name missing", "path.invalid", {"file_name": ABSENT}, variant="missing"),
    picture("G29", "file_name 100,000 chars", "path.invalid", named("b" * 100_000 + ".jpg")),
    picture("G30", "file_name null", "path.invalid", named(None)),
    picture("G30", "file_name is a number", "path.invalid", {"file_name": 7}, variant="number"),
    picture("G31", "file_name is a URL", "path.url", named("https://example.org/b.jpg")),
    picture("G31", "file_name is a data URL", "path.url", named("data:image/png;base64,AAAA"), variant="data"),
    picture("G32", "SVG with script named .jpg", "image.unreadable", {}, bytes_of(lambda: SVG)),
    picture("G33", "16-bit grey PNG (legal)", "", named("b.png"), sixteen_bits, expected=ACCEPT),
    picture("G34", "CMYK JPEG (legal)", "", {}, jpeg(mode="CMYK"), expected=ACCEPT),
    picture("G35", "PNG with an 80 MB zTXt bomb", "image.bomb", named("b.png"), bytes_of(lambda: png(WIDTH, HEIGHT, text_bomb()))),
)  # fmt: skip
