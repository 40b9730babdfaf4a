"""F: RLE segmentations, compressed and not."""

from typing import Any

from corpus.base import (
    ACCEPT,
    BODY_COUNTS,
    BODY_TEXT,
    HEIGHT,
    WIDTH,
    Case,
    annotation,
    compressed,
    masked,
    rle,
)

PIXELS = HEIGHT * WIDTH
UNSURE = BODY_TEXT[:-1] + chr(ord(BODY_TEXT[-1]) + 0x20)
"""The last character says that another one follows."""
NEGATIVE = [*BODY_COUNTS[:2], BODY_COUNTS[2] + BODY_COUNTS[3] + 5, -5, *BODY_COUNTS[4:]]
PADDED = [*BODY_COUNTS[:21], BODY_COUNTS[21] - 3, 0, 3, *BODY_COUNTS[22:]]
WRAPPING = [0, 70_000 * 70_000 - 3, 3]


def coded(id: str, title: str, rule: str, counts: Any, size: Any = (HEIGHT, WIDTH), **more: Any) -> Case:
    """Make a case of an RLE, box and area as they were."""
    changes = {"segmentation": rle(counts, size)}
    return annotation(id, title, rule, changes, **more)


def without(field: str) -> dict[str, Any]:
    return {key: value for key, value in rle(BODY_TEXT).items() if key != field}


CASES: tuple[Case, ...] = (
    coded("F01", "compressed counts ends on a continuation char", "rle.truncated", UNSURE),
    coded("F02", "compressed counts sum < h*w (tail run dropped)", "rle.sum", compressed(BODY_COUNTS[:-1])),
    coded("F03", "compressed counts sum > h*w", "rle.sum", compressed([*BODY_COUNTS[:-1], BODY_COUNTS[-1] + 9])),
    coded("F04", "RLE size differs from the image", "rle.size_mismatch", compressed([900, 800, 1300]), (50, 60)),
    coded("F04", "twice the image, uncompressed", "rle.size_mismatch", [4000, 4000, 4288], (96, 128), variant="twice"),
    coded("F05", "RLE size swapped [w,h]", "rle.size_swapped", BODY_TEXT, (WIDTH, HEIGHT)),
    coded("F05", "RLE size swapped, uncompressed", "rle.size_swapped", BODY_COUNTS, (WIDTH, HEIGHT), variant="list"),
    coded("F06", "negative count in the list", "rle.negative", NEGATIVE),
    coded("F07", "non-ASCII counts string", "rle.charset", BODY_TEXT[:5] + "é" + BODY_TEXT[6:]),
    coded("F07", "counts with an emoji", "rle.charset", BODY_TEXT[:5] + "\U0001f600" + BODY_TEXT[6:], variant="emoji"),
    coded("F07", "counts with a lone surrogate", "rle.charset", BODY_TEXT[:5] + "\ud800" + BODY_TEXT[6:], variant="surrogate"),
    coded("F08", "counts ''", "rle.empty", ""),
    coded("F09", "counts []", "rle.empty", []),
    coded("F10", "counts null", "rle.type", None),
    annotation("F10", "counts missing", "rle.type", {"segmentation": without("counts")}, variant="missing"),
    coded("F10", "counts is true", "rle.type", True, variant="true"),
    coded("F11", "counts is a number", "rle.type", 3072),
    coded("F12", "counts is the repr of bytes \"b'..'\"", "rle.charset", repr(BODY_TEXT.encode())),
    coded("F13", "size 10^9 x 10^9", "rle.size_limit", BODY_TEXT, (10**9, 10**9)),
    coded("F13", "size 10^30 x 10^30", "rle.size_limit", BODY_TEXT, (10**30, 10**30), variant="endless"),
    coded("F14", "size 10^5 x 10^5", "rle.size_limit", [0, 10**9, 9 * 10**9], (10**5, 10**5)),
    coded("F14", "size 10^5 x 10^5, text", "rle.size_limit", BODY_TEXT, (10**5, 10**5), variant="text"),
    coded("F15", "size [0,0] with runs", "rle.size_nonpositive", BODY_TEXT, (0, 0)),
    coded("F15", "size [0,0] with runs in a list", "rle.size_nonpositive", [5, 5], (0, 0), variant="list"),
    coded("F15", "size [48,0]", "rle.size_nonpositive", BODY_TEXT, (HEIGHT, 0), variant="width"),
    coded("F16", "size negative", "rle.size_nonpositive", BODY_TEXT, (-HEIGHT, WIDTH)),
    coded("F16", "size twice negative (the product is right)", "rle.size_nonpositive", BODY_COUNTS, (-HEIGHT, -WIDTH), variant="both"),
    coded("F17", "size as strings", "rle.type", BODY_TEXT, ("48", "64")),
    coded("F18", "size as floats", "rle.type", BODY_TEXT, (48.0, 64.0)),
    annotation("F19", "size missing", "rle.type", {"segmentation": without("size")}),
    coded("F20", "size has 3 numbers", "rle.type", BODY_TEXT, (HEIGHT, WIDTH, 3)),
    coded("F20", "size has 1 number", "rle.type", BODY_TEXT, (HEIGHT,), variant="one"),
    coded("F20", "size is one number", "rle.type", BODY_TEXT, PIXELS, variant="number"),
    coded("F20", "size of booleans", "rle.type", BODY_TEXT, (True, True), variant="true"),
    coded("F21", "list counts sum < h*w", "rle.sum", BODY_COUNTS[:-1]),
    coded("F22", "list counts sum > h*w", "rle.sum", [*BODY_COUNTS[:-1], BODY_COUNTS[-1] + 1]),
    coded("F23", "float counts in the list", "rle.type", [float(v) for v in BODY_COUNTS]),
    coded("F23", "one count is a fraction", "rle.type", [*BODY_COUNTS[:3], 10.5, *BODY_COUNTS[4:]], variant="half"),
    coded("F24", "count 2**32+5 in the list", "rle.range", [*BODY_COUNTS[:-1], 2**32 + 5]),
    coded("F24", "count 2**64 in the list", "rle.range", [*BODY_COUNTS[:-1], 2**64], variant="longer"),
    coded("F25", "8,000 counts alternating 0 / 2**32-1 (7-char varints)", "rle.sum", [0, 2**32 - 1] * 4000),
    coded("F26", "more runs than pixels (all 0)", "rle.sum", [0] * (PIXELS + 10)),
    coded("F26", "more runs than pixels, compressed", "rle.sum", compressed([0] * (PIXELS + 10)), variant="text"),
    annotation("F27", "zero-length interior run (legal, non-canonical)", "rle.noncanonical", masked(rle(PADDED)), expected=ACCEPT),
    annotation("F27", "zero-length interior run, compressed", "rle.noncanonical",
               masked(rle(BODY_TEXT)) | {"segmentation": rle(compressed(PADDED))}, expected=ACCEPT, variant="text"),
    coded("F28", "empty mask (all background)", "segm.empty", [PIXELS]),
    coded("F28", "empty mask, compressed", "segm.empty", compressed([PIXELS]), variant="text"),
    annotation("F29", "full mask", "", masked(rle([0, PIXELS])), expected=ACCEPT),
    annotation("F29", "full mask, compressed", "", masked(rle(compressed([0, PIXELS]))), expected=ACCEPT, variant="text"),
    coded("F30", "NUL inside the counts string", "rle.charset", BODY_TEXT[:5] + "\0" + BODY_TEXT[6:]),
    coded("F30", "NUL at the end of counts", "rle.charset", BODY_TEXT + "\0", variant="end"),
    coded("F31", "100,000 continuation chars", "rle.varint", "o" * 100_000),
    annotation("F32", "segmentation is a list of RLE dicts", "segm.nesting", {"segmentation": [rle(BODY_TEXT)]}),
    coded("F33", "numeric strings in the counts list", "rle.type", [str(v) for v in BODY_COUNTS]),
    coded("F34", "Kaggle-style '1 3 10 5' string", "rle.charset", "1 3 10 5"),
    coded("F35", "size 2**32 x 2**32 (product wraps to 0)", "rle.size_limit", BODY_TEXT, (2**32, 2**32)),
    coded("F36", "size 70,000 x 70,000, correct counts (uint32 wrap)", "rle.size_limit", WRAPPING, (70_000, 70_000)),
    coded("F36", "size 70,000 x 70,000, runs below 2**32", "rle.size_limit", [10**9] * 4 + [900_000_000], (70_000, 70_000), variant="runs"),
    coded("F37", "single char 'P' x 1 (over-read of 1-byte string)", "rle.truncated", "P"),
    coded("F38", "counts decode to negative run", "rle.negative", compressed(NEGATIVE)),
    coded("F39", "size null", "rle.type", BODY_TEXT, None),
    coded("F40", "counts nested list", "rle.type", [BODY_COUNTS]),
)  # fmt: skip
