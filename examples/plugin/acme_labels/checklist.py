"""An export format: a checklist in Markdown, one line an annotation."""

from collections.abc import Mapping, Sequence

from audit.export.review_list import ReviewImage
from audit.pipeline.result import ScanResult


def write_checklist(scan: ScanResult, images: Sequence[ReviewImage]) -> Mapping[str, bytes]:
    """Write ``checklist.md``: what somebody should look at, picture by picture."""
    lines = [f"# {len(scan.findings)} findings", ""]
    for image in images:
        lines += [f"## {image.file_name}", ""]
        lines += [f"- [ ] {item.annotation_id} ({item.category}): {item.rules}" for item in image.objects]
        lines.append("")
    return {"checklist.md": "\n".join(lines).encode()}
