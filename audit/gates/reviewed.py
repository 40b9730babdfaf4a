"""What the review of a sample says about the whole batch."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.findings.decisions import Decision, Verdict, read_decisions
from audit.findings.finding import Finding
from audit.gates.errors import GateError
from audit.gates.plan_file import Sample
from audit.gates.sampling import Plan, upper_rate
from audit.gates.verdict import Outcome

REVIEW_FILE = "review.csv"
COLUMNS = ("image_id", "file_name", "stratum", "findings", "verdict", "note", "fingerprint")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A batch, judged by a sample of it."""

    outcome: Outcome
    reason: str
    """One sentence."""
    plan: Plan
    reviewed: int
    """Images of the sample that somebody decided about, and that are in the batch."""
    wrong: int
    bound: float
    """Upper bound of the share of wrong images in the batch, with the plan's confidence."""
    absent: tuple[str, ...]
    """File names of the sample that the batch no longer has."""


def accept(
    sample: Sample, decisions: Mapping[str, Decision], findings: Sequence[Finding], file_names: Sequence[str]
) -> Acceptance:
    """Judge a batch by the reviewed sample.

    An image is wrong if it, or any finding on it, was decided to be real. It is right if it as a whole was
    decided to be fine. Images that nobody decided about leave the batch undecided, unless too many are
    wrong already.

    Parameters
    ----------
    sample : Sample
    decisions : mapping
        Fingerprint to `Decision`: of drawn images, and of findings.
    findings : sequence of Finding
        Of the batch.
    file_names : sequence of str
        Of the batch's images.

    Examples
    --------
    >>> from audit.gates.plan_file import Drawn
    >>> sample = Sample(Plan(1, 0, 1, 0.05, 0.95), 0, (Drawn(1, "a.png", "0a", ""),))
    >>> accept(sample, {"0a": Decision(Verdict.FINE)}, [], ["a.png"]).outcome.value
    'pass'
    >>> accept(sample, {}, [], ["a.png"]).outcome.value
    'undecided'
    """
    present = set(file_names)
    real = {f.file_name for f in findings if _verdict(decisions, f.fingerprint) is Verdict.REAL}
    wrong, right, absent = 0, 0, []
    for image in sample.images:
        said = _verdict(decisions, image.fingerprint)
        if image.file_name not in present:
            absent.append(image.file_name)
        elif said is Verdict.REAL or image.file_name in real:
            wrong += 1
        elif said is Verdict.FINE:
            right += 1
    plan, seen = sample.plan, wrong + right
    lot = plan.lot if plan.lot is not None else max(len(file_names), seen)
    bound = upper_rate(wrong, seen, plan.confidence or 0.95, max(lot, seen))
    outcome, reason = _judged(plan, wrong, seen, len(absent))
    return Acceptance(outcome, reason, plan, seen, wrong, bound, tuple(absent))


def _judged(plan: Plan, wrong: int, seen: int, absent: int) -> tuple[Outcome, str]:
    said = (
        f"{wrong:,} of {seen:,} reviewed images are wrong; the plan allows {plan.accept:,} of {plan.size:,}"
    )
    if wrong > plan.accept:
        return Outcome.FAIL, f"{said}."
    if seen < plan.size:
        gone = f", {absent:,} of them are not in the batch" if absent else ""
        return Outcome.UNDECIDED, f"{said}, and {plan.size - seen:,} are not reviewed{gone}."
    return Outcome.PASS, f"{said}."


def _verdict(decisions: Mapping[str, Decision], fingerprint: str) -> Verdict | None:
    decision = decisions.get(fingerprint)
    return decision.verdict if decision is not None else None


def read_review(path: Path) -> Mapping[str, Decision]:
    r"""Read a review: ``decisions.json`` of a report, or the filled-in ``review.csv`` of a sample.

    Parameters
    ----------
    path : Path
        A CSV file needs the columns ``fingerprint`` and ``verdict`` (``real``, ``fine``, ``unsure``, or
        empty).

    Raises
    ------
    GateError, DecisionsError
        If the file cannot be read or a verdict is none of these.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "review.csv"
    ...     _ = file.write_text("fingerprint,verdict\\n0a,fine\\n0b,\\n")
    ...     sorted(read_review(file))
    ['0a']
    """
    if path.suffix.lower() != ".csv":
        return read_decisions(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise GateError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise GateError(f"{path}: not a CSV file: {error}") from error
    found = {}
    for number, row in enumerate(rows, start=2):
        if row.get("fingerprint") is None or row.get("verdict") is None:
            raise GateError(f"{path}: line {number}: there is no column fingerprint or no column verdict")
        said = row["verdict"].strip().lower()
        if not said:
            continue
        known = [v.value for v in Verdict]
        if said not in known:
            raise GateError(
                f"{path}: line {number}: the verdict is {said!r}, expected one of {', '.join(known)}"
            )
        found[row["fingerprint"].strip()] = Decision(Verdict(said), note=row.get("note") or "")
    return found
