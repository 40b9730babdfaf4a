"""Scenes of one row of pixels, in which overlaps can be counted on paper."""

from audit.testing import Scene, scene


def row(width: int, crowd: str = "", categories: dict[str, str] | None = None, **spans) -> Scene:
    """Draw masks given as (first, stop) on a row of pixels, each on a layer of its own."""
    layers = [
        "." * first + name * (stop - first) + "." * (width - stop) for name, (first, stop) in spans.items()
    ]
    return scene("." * width, *layers, crowd=crowd, categories=categories)
