"""The two files of a new rule: the rule and its test, which work as they are and wait to be edited."""

from __future__ import annotations

import keyword
from pathlib import Path

from audit.detectors.registry import RULE_ID, all_rules
from audit.findings.atomic_write import write_atomically

RULE_TEMPLATE = '''"""A straight line of pixels: a mask one pixel wide or high.

What it finds
-------------
Instances whose mask is a single row or column of at least ``min_length`` pixels.

Why it matters
--------------
Tools leave such lines when an object is erased carelessly. The model learns boxes without area.

When it is wrong
----------------
Cables and cracks in coarse images are really one pixel wide: raise ``min_length`` or ignore the rule.

Example
-------
Annotation 12 is 40 px wide and 1 px high. Delete it.

Reference
---------
None: a habit of annotation tools.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.detectors.base import Hit, option
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_length: int = option(5, unit="px", help="least length of a line")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every mask that is one line of pixels."""
    instances = measurements.instances
    width, height = instances["w"].to_numpy(), instances["h"].to_numpy()
    length = np.maximum(width, height)
    is_line = (np.minimum(width, height) == 1) & (length >= options.min_length)
    for row in np.flatnonzero(is_line).tolist():
        yield Hit(
            f"This mask is a line of {length[row]} pixels.",
            instances=(row,),
            evidence={"length_px": int(length[row])},
        )
'''
TEST_TEMPLATE = """{imports}

def test_finds_a_line_but_no_bar():
    (hit,) = hits({rule}, scene("aaaaaa\\n......\\nbbbbbb\\nbbbbbb"))
    assert hit.instances == (0,)
    assert hit.evidence == {{"length_px": 6}}


def test_length_is_an_option():
    assert not hits({rule}, scene("aaaaaa"), min_length=7)
"""
_IMPORTS = "from audit.testing import hits, scene\n"
_IMPORTS_OF_FILE = """from pathlib import Path

from audit.testing import hits, scene

RULE = Path(__file__).with_name("{name}.py")
"""


def find_checkout(folder: Path) -> Path | None:
    """Search a folder and all above it for a checkout of maskaudit.

    Examples
    --------
    >>> find_checkout(Path("/")) is None
    True
    """
    for candidate in (folder, *folder.parents):
        if (candidate / "audit/detectors/registry.py").is_file() and (candidate / "tests/detectors").is_dir():
            return candidate
    return None


def render_test(rule_id: str) -> str:
    """Write the test of a rule that is registered.

    Examples
    --------
    >>> render_test("mask.stripe").splitlines()[0]
    'from audit.testing import hits, scene'
    """
    return TEST_TEMPLATE.format(imports=_IMPORTS, rule=f'"{rule_id}"')


def write_rule(rule_id: str, checkout: Path | None, out: Path | None = None) -> list[Path]:
    """Write the file of a new rule and that of its test.

    Parameters
    ----------
    rule_id : str
        ``family.name``.
    checkout : Path or None
        A checkout of maskaudit, whose folders get the two files.
    out : Path, optional
        A folder that gets both instead: a plugin's.

    Returns
    -------
    list of Path
        What was written: the rule, its test, and ``__init__.py`` where the family is new.

    Raises
    ------
    ValueError
        If the id is none or is taken, if there is neither a checkout nor a folder, or if a file is there.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> [path.name for path in write_rule("acme.stripe", None, folder)]
    ['stripe.py', 'test_stripe.py']
    >>> write_rule("Stripe", None, folder)
    Traceback (most recent call last):
    ValueError: "Stripe" is no rule id: family.name, in small letters, digits and underscores
    """
    family, _, rule_name = rule_id.partition(".")
    if not RULE_ID.fullmatch(rule_id) or keyword.iskeyword(family) or keyword.iskeyword(rule_name):
        raise ValueError(f'"{rule_id}" is no rule id: family.name, in small letters, digits and underscores')
    if rule_id in all_rules():
        raise ValueError(f"there is a rule {rule_id} already")
    if out is not None:
        test_source = TEST_TEMPLATE.format(imports=_IMPORTS_OF_FILE.format(name=rule_name), rule="RULE")
        file_texts = {out / f"{rule_name}.py": RULE_TEMPLATE, out / f"test_{rule_name}.py": test_source}
    elif checkout is not None:
        rule_folder = checkout / "audit/detectors" / family
        test_source = render_test(rule_id)
        file_texts = {
            rule_folder / f"{rule_name}.py": RULE_TEMPLATE,
            checkout / "tests/detectors" / family / f"test_{rule_name}.py": test_source,
        }
        if not (rule_folder / "__init__.py").exists():
            file_texts[rule_folder / "__init__.py"] = f'"""Rules about {family}."""\n'
    else:
        raise ValueError("this is no checkout of maskaudit: say with --out where a plugin's rule shall be")
    for file_path in file_texts:
        if file_path.exists():
            raise ValueError(f"{file_path} is there already")
    for file_path, file_text in file_texts.items():
        write_atomically(file_path, file_text.encode())
    return list(file_texts)
