"""Pages of the documentation that the program itself knows: rules, commands, configuration, output files.

MkDocs calls `on_files`. A page a rule has the stable address ``rules/<rule id>/``; its picture is a finding of the
demo, drawn here from what a user would have: ``findings.json``, ``instances.json`` and the picture.
"""

from __future__ import annotations

import inspect
import io
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from PIL import Image, ImageDraw
from pycocotools import mask as pycocotools_mask
from skimage.measure import find_contours
from typer.main import get_command

import audit
from audit.cli.main import build_app
from audit.detectors.registry import all_rules
from audit.export.output_schemas import SCHEMAS
from audit.findings.columns import COLUMNS
from audit.fixes.registry import all_fixes, fixes_of
from audit.measure.schema import CATEGORIES, IMAGES, INSTANCES, PAIRS
from audit.synthetic.make import make_demo

ROOT = Path(__file__).resolve().parents[1]
PICTURE_SIDE = 420
"""Pixels of a rule's picture."""
OUTLINES = ("#35a7ff", "#ffb000", "#ff4fa3", "#7bd389")
OUTPUT_FILES = """
Column names, keys and units are kept stable; a change of a meaning comes with a new `schema_version`.

| file | written by | holds |
|---|---|---|
| `index.html`, `findings.html`, `images/*.html` | `scan`, `compare`, `gate` | the report, offline |
| `findings.json`, `findings.csv`, `findings.parquet` | `scan`, `compare` | one row a finding, worst first |
| `measurements/*.parquet` | `scan`, `compare` | the tables that rules judge, to be read with pandas |
| `run.json` | `scan`, `compare` | versions, input and its hashes, effective configuration, times |
| `metrics.json` | `compare` | COCO's AP and AR, panoptic quality, AJI and the others |
| `overlaps.parquet` | `compare` | one row a pair of predictions that overlap, with its cause |
| `matches.parquet`, `errors.parquet` | `compare` | one row a prediction; one row a wrong prediction or missed label |
| `history.html`, `history.json` | `history` | which rules were right, by what people corrected later |
| `changes.json`, `changes.md` | `fix` | every change by fingerprint, with the way back |
| `whatif.parquet` | `compare` | one row a setting of NMS or of the masks, with what it would make of the predictions |
"""
CONFIGURATION = """
The configuration is the nearest `maskaudit.toml`, or `[tool.maskaudit]` of the nearest `pyproject.toml`, in the working
folder or above it; `--config FILE` names another. What is in force stands in `run.json` and in the report. An unknown
key is an error that names the nearest known one. Editors complete keys by the
[JSON Schema](schemas/config.json), which `maskaudit schema config` prints too.
"""
HEADING = re.compile(r"^(.+)\n-{3,}$", re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List a page a rule in the navigation, by family."""
    families: dict[str, list[str]] = {}
    for rule_id in all_rules():
        families.setdefault(rule_id.split(".")[0], []).append(f"rules/{rule_id}.md")
    rules = ["rules/index.md", *({family: pages} for family, pages in families.items())]
    config.nav = [{"Rules": rules} if "Rules" in entry else entry for entry in config.nav or []]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to those that lie in the folder."""
    pages: dict[str, str | bytes] = {"rules/index.md": rules_index()}
    pictures = demo_pictures()
    for rule_id in all_rules():
        pages[f"rules/{rule_id}.md"] = rule_page(rule_id, rule_id in pictures)
        if rule_id in pictures:
            pages[f"rules/pictures/{rule_id}.jpg"] = pictures[rule_id]
    pages["commands.md"] = commands_page()
    pages["outputs.md"] = outputs_page()
    pages["configuration.md"] = configuration_page()
    for name, schema in SCHEMAS.items():
        pages[f"schemas/{name}.json"] = json.dumps(schema(), indent=2) + "\n"
    pages["pictures/report.jpg"] = (ROOT / "examples" / "report.jpg").read_bytes()
    for path, content in pages.items():
        known = files.get_file_from_path(path)
        if known is not None:
            files.remove(known)
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in the table of fixes; lead to the site's copy of the report's picture."""
    # The page names the file of the repository, so that GitHub shows it too.
    return markdown.replace("<!-- fixes -->", fixes_table()).replace(
        "](../examples/report.jpg)", "](pictures/report.jpg)"
    )


def fixes_table() -> str:
    """List all fixes: one file a fix, one line a file."""
    lines = ["| fix | | what it does | rules |", "|---|---|---|---|"]
    for fix in all_fixes().values():
        rules = ", ".join(f"[`{rule}`](rules/{rule}.md)" for rule in fix.rules)
        title, kind = fix.title.rstrip(".").replace("``", "`"), "safe" if fix.is_safe else "not safe"
        lines.append(f"| `{fix.name}` | {kind} | {title} | {rules} |")
    return "\n".join(lines)


def rules_index() -> str:
    """List the rules by family."""
    lines = [
        "# Rules",
        "",
        (
            "An **error** means that a model must not train on this; a **warning**, that most likely somebody made a "
            "mistake and should look; an **info** is worth knowing. `maskaudit explain RULE` prints these pages, "
            "`--select` and `--ignore` take families and rules."
        ),
    ]
    family = ""
    for rule_id, rule in all_rules().items():
        if rule_id.split(".")[0] != family:
            family = rule_id.split(".")[0]
            lines += ["", f"## {family}", "", "| rule | severity | what it finds |", "|---|---|---|"]
        lines.append(f"| [`{rule_id}`]({rule_id}.md) | {badge(rule.severity)} | {rule.title} |")
    return "\n".join(lines) + "\n"


def rule_page(rule_id: str, has_picture: bool) -> str:
    """Lay out one rule's manual, options and picture."""
    rule = all_rules()[rule_id]
    title, _, body = rule.manual.strip().partition("\n")
    lines = [f"# {rule_id}", "", f"{badge(rule.severity)} {title.rstrip('.')}.", ""]
    if has_picture:
        lines += [
            (
                f'<figure class="rule" markdown>![A finding of {rule_id} in the demo](pictures/{rule_id}.jpg)'
                "<figcaption>From `maskaudit demo`: what this rule found, as an outline a mask.</figcaption></figure>"
            ),
            "",
        ]
    body = body.partition("\nOptions\n-------\n")[0]
    lines.append(HEADING.sub(r"## \1", body.replace("``", "`")).strip())
    for fix in fixes_of(rule_id):
        kind = "safe" if fix.is_safe else "not safe"
        manual = "\n\n" + fix.manual.replace("``", "`") if fix.manual else ""
        lines += [
            "",
            f"## Fix: {fix.name} ({kind})",
            "",
            f"[`maskaudit fix`](../fix.md): {fix.title}{manual}",
        ]
    options = rule_options(rule_id)
    if options:
        lines += ["", "## Options", "", "| option | default | unit | meaning |", "|---|---|---|---|"]
        lines += [f"| `{name}` | `{default}` | {unit} | {text} |" for name, default, unit, text in options]
        name, default = options[0][:2]
        lines += ["", f'```toml title="maskaudit.toml"\n[rules."{rule_id}"]\n{name} = {default}\n```']
    return "\n".join(lines) + "\n"


def rule_options(rule_id: str) -> list[tuple[str, str, str, str]]:
    """List name, default, unit and meaning of a rule's options."""
    rule = all_rules().get(rule_id)
    if rule is None:
        return []
    return [
        (f.name, toml_value(f.default), f.metadata["unit"], f.metadata["help"]) for f in fields(rule.options)
    ]


def toml_value(value: object) -> str:
    """Write a default as the configuration file would."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return json.dumps(value)


def badge(severity: str) -> str:
    """Write a severity as a coloured word."""
    return f'<span class="severity {severity}">{severity}</span>'


def commands_page() -> str:
    """Print the options of every command."""
    lines = ["# Commands", "", "What `maskaudit COMMAND --help` says.", ""]
    for name, command in command_tree(get_command(build_app()), "maskaudit"):
        help_text = inspect.cleandoc(command.help or "").replace("\f", "")
        lines += [f"## {name}", "", help_text, ""]
        rows = [row for parameter in command.params if (row := parameter_row(parameter))]
        if rows:
            lines += ["| option or argument | meaning |", "|---|---|", *rows, ""]
    return "\n".join(lines) + "\n"


def command_tree(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Walk through a command and those below it."""
    if hasattr(command, "commands"):  # Typer may bring its own copy of click's classes
        for sub_name, sub_command in command.commands.items():
            if not sub_command.hidden:
                yield from command_tree(sub_command, f"{name} {sub_name}")
        if command.invoke_without_command and " " in name:
            yield name, command
    else:
        yield name, command


def parameter_row(parameter: Any) -> str:
    """Lay out one option; empty for ``--help``."""
    if parameter.name == "help" or getattr(parameter, "hidden", False):
        return ""
    names = [*parameter.opts, *parameter.secondary_opts]
    if not names[0].startswith("-"):
        names = [parameter.name.upper()]
    text = " ".join(str(getattr(parameter, "help", "") or "").split()).replace("|", "/")
    default = parameter.default
    if default not in (None, "", False, True) and not callable(default):
        text += f" Default: `{default}`."
    return f"| {', '.join(f'`{name}`' for name in names)} | {text.strip()} |"


def configuration_page() -> str:
    """Describe the configuration key by key, from its JSON Schema."""
    schema = SCHEMAS["config"]()
    keys = schema["properties"]
    general = {name: keys[name] for name in ("select", "ignore", "fail_on", "workers")}
    gate = keys["gate"]["properties"]
    lines = [
        "# Configuration",
        "",
        *CONFIGURATION.strip().splitlines(),
        "",
        "## General",
        "",
        *key_table(general),
    ]
    lines += ["## [report]", "", *key_table(keys["report"]["properties"])]
    lines += [
        '## [rules."family.name"]',
        "",
        "Every rule takes `enabled` and `severity`; its own options follow.",
        "",
    ]
    for rule_id, rule in keys["rules"]["properties"].items():
        options = {
            name: option for name, option in rule["properties"].items() if name not in ("enabled", "severity")
        }
        if options and "." in rule_id:
            lines += [f"### [{rule_id}](rules/{rule_id}.md)", "", *key_table(options)]
    lines += ["## [[gate.limits]]", "", *key_table(gate["limits"]["items"]["properties"])]
    lines += ["## [[gate.waivers]]", "", *key_table(gate["waivers"]["items"]["properties"])]
    lines += ["## [gate]", "", *key_table({name: gate[name] for name in ("undecided", "ratchet")})]
    return "\n".join(lines) + "\n"


def key_table(properties: dict[str, Any]) -> list[str]:
    """Lay out some keys of a JSON Schema: type, default, meaning."""
    rows = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for name, described in properties.items():
        kind = described.get("type") or " or ".join(json.dumps(value) for value in described.get("enum", ()))
        default = f"`{toml_value(described['default'])}`" if "default" in described else ""
        meaning = described.get("description", "").replace("|", "/").replace("``", "`")
        rows.append(f"| `{name}` | {kind} | {default} | {meaning} |")
    return [*rows, ""]


def outputs_page() -> str:
    """Describe the files that a scan writes."""
    lines = ["# Output files", "", *OUTPUT_FILES.strip().splitlines(), ""]
    lines += ["## findings.json, findings.csv, findings.parquet", "", "One row a finding, worst first.", ""]
    lines += ["| column | type | meaning |", "|---|---|---|"]
    lines += [
        f"| `{column.name}` | {column.type} | {column.meaning.replace('|', '/')} |" for column in COLUMNS
    ]
    lines.append("")
    for name, table, columns in (
        ("images", "one row an image record, in file order", IMAGES),
        ("instances", "one row an annotation", INSTANCES),
        ("pairs", "one row a pair of masks that overlap or lie within 2 px", PAIRS),
        ("categories", "one row a category", CATEGORIES),
    ):
        lines += [f"## measurements/{name}.parquet", "", f"{table[0].upper()}{table[1:]}.", ""]
        lines += ["| column | type | meaning |", "|---|---|---|"]
        lines += [
            f"| `{column}` | {info.dtype} | {info.meaning.replace('|', '/')} |"
            for column, info in columns.items()
        ]
        lines.append("")
    lines += [
        "## JSON Schemas",
        "",
        "`maskaudit schema NAME` prints them; real output is tested against them.",
        "",
    ]
    lines += [f"- [{name}](schemas/{name}.json)" for name in SCHEMAS]
    return "\n".join(lines) + "\n"


def demo_pictures() -> dict[str, bytes]:
    """Draw one finding of each rule that the demo plants."""
    with tempfile.TemporaryDirectory() as folder:
        demo = make_demo(Path(folder))
        scan = audit.scan(demo.instances, images=demo.pictures)
        records = json.loads(demo.instances.read_text(encoding="utf-8"))
        by_id = {record["id"]: record for record in records["annotations"]}
        sizes = {image["file_name"]: (image["height"], image["width"]) for image in records["images"]}
        planted = {(p.rule, tuple(sorted(p.annotation_ids))) for p in demo.planted}
        pictures: dict[str, bytes] = {}
        rows = scan.findings.to_dict("records")
        # A finding that was planted shows the rule better than one beside it.
        rows.sort(key=lambda row: (row["rule"], tuple(sorted(row["annotation_ids"])) not in planted))
        for row in rows:
            # What is broken cannot be drawn, and pycocotools must not see it.
            if (
                row["rule"] in pictures
                or row["file_name"] not in sizes
                or row["rule"].startswith(("rle.", "segm."))
            ):
                continue
            shown = [by_id[i] for i in row["annotation_ids"] if i in by_id]
            picture = draw(demo.pictures / row["file_name"], sizes[row["file_name"]], shown)
            if picture is not None:
                pictures[row["rule"]] = picture
        return pictures


def draw(path: Path, size: tuple[int, int], annotations: list[dict[str, Any]]) -> bytes | None:
    """Crop a picture around some annotations, with an outline a mask; None where no mask can be drawn."""
    masks = [mask for record in annotations if (mask := dense_mask(record["segmentation"], size)) is not None]
    if not masks or not path.is_file():
        return None
    rows, columns = np.nonzero(np.any(masks, axis=0))
    margin = 12 + (np.ptp(rows) + np.ptp(columns)) // 6
    top, left = max(rows.min() - margin, 0), max(columns.min() - margin, 0)
    bottom, right = min(rows.max() + margin, size[0]), min(columns.max() + margin, size[1])
    with Image.open(path) as opened:
        crop = opened.convert("RGB").resize((size[1], size[0])).crop((left, top, right, bottom))
    scale = PICTURE_SIDE / max(crop.size)
    crop = crop.resize((round(crop.width * scale), round(crop.height * scale)), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(crop)
    for mask, colour in zip(masks, OUTLINES * len(masks), strict=False):
        for contour in find_contours(np.pad(mask, 1).astype(float), 0.5):
            points = [((x - 0.5 - left) * scale, (y - 0.5 - top) * scale) for y, x in contour]
            pen.line(points, fill=colour, width=3, joint="curve")
    out = io.BytesIO()
    crop.save(out, "JPEG", quality=85)
    return out.getvalue()


def dense_mask(segmentation: Any, size: tuple[int, int]) -> np.ndarray | None:
    """Draw a segmentation of the demo; None where it has no pixel."""
    try:
        if isinstance(segmentation, list):
            # Polygons with less than three points or half a point are what some rules are about.
            polygons = [polygon for polygon in segmentation if len(polygon) >= 6 and len(polygon) % 2 == 0]
            encoded = (
                pycocotools_mask.merge(pycocotools_mask.frPyObjects(polygons, *size)) if polygons else None
            )
        elif tuple(segmentation["size"]) == size and isinstance(segmentation["counts"], list):
            counts = segmentation["counts"]
            encoded = (
                pycocotools_mask.frPyObjects(segmentation, *size)
                if sum(counts) == size[0] * size[1]
                else None
            )
        else:
            encoded = segmentation if tuple(segmentation["size"]) == size else None
    except (KeyError, TypeError, ValueError):
        return None
    mask = None if encoded is None else pycocotools_mask.decode(encoded).astype(bool)
    return mask if mask is not None and mask.any() else None
