"""What the review of a sample says about the whole batch."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from audit.carriers import dataclass
from audit.findings.decisions import ERROR_VERDICTS, Decision, Verdict, read_decisions
from audit.findings.finding import Finding
from audit.findings.regular_file import read_regular_text
from audit.gates.errors import GateError
from audit.gates.plan_file import Batch, Sample
from audit.gates.sampling import Plan, exact_upper_bound
from audit.gates.verdict import Outcome

REVIEW_FILE = "review.csv"
REVIEW_COLUMNS = ("image_id", "file_name", "stratum", "findings", "verdict", "note", "fingerprint")
_SEVERITY = (Verdict.FIX, Verdict.REAL, Verdict.UNSURE, Verdict.FINE)
"""Of two reviewers' verdicts on one image, the first of these counts."""
DEFAULT_CONFIDENCE = 0.95
"""Of the bound, where the plan states none."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A batch, judged by a sample of it."""

    outcome: Outcome
    reason: str
    """One sentence."""
    plan: Plan
    n_reviewed: int
    """Images of the sample that somebody decided about, and that are in the batch."""
    n_wrong: int
    upper_bound: float
    """Of the share of wrong images in the batch, with the plan's confidence."""
    absent_files: tuple[str, ...]
    """File names of the sample that the batch no longer has."""
    is_of_batch: bool = True
    """Whether the sample was drawn from this very batch."""

    @property
    def never_passes(self) -> bool:
        """Whether no policy lets it pass: another batch was reviewed, or what was seen is above the limit."""
        return not self.is_of_batch or 0 < self.plan.limit * self.n_reviewed < self.n_wrong


def evaluate_review(
    sample: Sample, decisions: Mapping[str, Decision], findings: Sequence[Finding], batch: Batch
) -> Acceptance:
    """Judge a batch by the reviewed sample.

    An image is wrong if it, or any finding on it, was decided to be real. It is right if it as a whole was
    decided to be fine. Images that nobody decided about leave the batch undecided, unless too many are
    wrong already. So does a batch that is not the one that was drawn from: with other images, or with other
    masks in those that were reviewed.

    Parameters
    ----------
    sample : Sample
    decisions : mapping
        Fingerprint to `Decision`: of drawn images, and of findings.
    findings : sequence of Finding
        Of the batch.
    batch : Batch
        That is to be judged.

    Examples
    --------
    >>> from audit.gates.plan_file import SampledImage
    >>> batch = Batch(("a.png",), {"a.png": "masks"})
    >>> image = SampledImage(1, "a.png", "0a", "", "masks")
    >>> sample = Sample(Plan(1, 0, 1, 0.05, 0.95), 0, (image,), batch.fingerprint)
    >>> evaluate_review(sample, {"0a": Decision(Verdict.FINE)}, [], batch).outcome.value
    'pass'
    >>> evaluate_review(sample, {}, [], batch).outcome.value
    'undecided'
    """
    present = set(batch.file_names)
    with_real_finding = {
        finding.file_name
        for finding in findings
        if _find_verdict(decisions, finding.fingerprint) in ERROR_VERDICTS
    }
    n_wrong, n_right, absent = 0, 0, []
    for image in sample.images:
        verdict = _find_verdict(decisions, image.fingerprint)
        if image.file_name not in present:
            absent.append(image.file_name)
        elif verdict in ERROR_VERDICTS or image.file_name in with_real_finding:
            n_wrong += 1
        elif verdict is Verdict.FINE:
            n_right += 1
    plan, n_reviewed = sample.plan, n_wrong + n_right
    lot = plan.lot if plan.lot is not None else len(batch.file_names)
    confidence = plan.confidence or DEFAULT_CONFIDENCE
    # A plan that somebody edited may state a smaller batch than was reviewed of it.
    bound = exact_upper_bound(n_wrong, n_reviewed, confidence, max(lot, n_reviewed))
    difference = _describe_difference(sample, batch)
    outcome, reason = _conclude(plan, n_wrong, n_reviewed, len(absent), difference)
    return Acceptance(
        outcome,
        reason,
        plan,
        n_reviewed,
        n_wrong,
        1.0 if difference else bound,
        tuple(absent),
        is_of_batch=not difference,
    )


def _describe_difference(sample: Sample, batch: Batch) -> str:
    """Say why the sample tells nothing about the batch; empty where it does."""
    if not sample.batch:
        return "the plan does not say which batch it was drawn from; draw the sample again"
    n_images = len(batch.file_names)
    if sample.batch != batch.fingerprint:
        drawn_from = f" of {sample.plan.lot:,} images" if sample.plan.lot is not None else ""
        return (
            f"the sample was drawn from another batch{drawn_from}, and says nothing about "
            f"this one of {n_images:,}; draw one from it"
        )
    # A plan that somebody edited may name images that its batch never had.
    changed = sum(batch.masks.get(image.file_name) != image.masks for image in sample.images)
    if changed:
        return (
            f"the labels of {changed:,} of {len(sample.images):,} drawn images have changed since, "
            "and perhaps those of others; draw a new sample"
        )
    return ""


def _conclude(
    plan: Plan, n_wrong: int, n_reviewed: int, n_absent: int, difference: str
) -> tuple[Outcome, str]:
    observed = f"{n_wrong:,} of {n_reviewed:,} reviewed images are wrong"
    summary = f"{observed}; the plan allows {plan.accept:,} of {plan.size:,}"
    if n_wrong > plan.accept:
        return Outcome.FAIL, f"{summary}."
    if difference:
        return Outcome.UNDECIDED, f"{summary}, but {difference}."
    if n_reviewed < plan.size:
        absence = f", {n_absent:,} of them are not in the batch" if n_absent else ""
        return Outcome.UNDECIDED, f"{summary}, and {plan.size - n_reviewed:,} are not reviewed{absence}."
    return Outcome.PASS, f"{summary}."


def _find_verdict(decisions: Mapping[str, Decision], fingerprint: str) -> Verdict | None:
    decision = decisions.get(fingerprint)
    return decision.verdict if decision is not None else None


def read_review(path: Path) -> Mapping[str, Decision]:
    r"""Read a review: ``decisions.json`` of a report, or the filled-in ``review.csv`` of a sample.

    Parameters
    ----------
    path : Path
        A CSV file needs the columns ``fingerprint`` and ``verdict`` (``real``, ``fix``, ``fine``,
        ``unsure``, or empty), separated by commas or semicolons. Of two rows about one image, the worse
        verdict counts.

    Raises
    ------
    GateError, DecisionsError
        If the file cannot be read or a verdict is none of these.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "review.csv"
    ...     _ = file.write_text("fingerprint,verdict\n0a,fine\n0b,\n")
    ...     sorted(read_review(file))
    ['0a']
    """
    if path.suffix.lower() != ".csv":
        return read_decisions(path)
    try:
        text = read_regular_text(path, "utf-8-sig")
        header = text.partition("\n")[0]
        # Spreadsheets write semicolons where the comma is the decimal sign.
        delimiter = ";" if header.count(";") > header.count(",") else ","
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    except OSError as error:
        raise GateError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise GateError(f"{path}: not a CSV file: {error}") from error
    decisions: dict[str, Decision] = {}
    accepted = [verdict.value for verdict in Verdict]
    for number, row in enumerate(rows, start=2):
        if row.get("fingerprint") is None or row.get("verdict") is None:
            raise GateError(f"{path}: line {number}: there is no column fingerprint or no column verdict")
        verdict = row["verdict"].strip().lower()
        if not verdict:
            continue
        if verdict not in accepted:
            expected = f"expected one of {', '.join(accepted)}"
            raise GateError(f"{path}: line {number}: the verdict is {verdict!r}, {expected}")
        fingerprint, decision = (
            row["fingerprint"].strip(),
            Decision(Verdict(verdict), note=row.get("note") or ""),
        )
        earlier = decisions.get(fingerprint)
        if earlier is None or _SEVERITY.index(decision.verdict) < _SEVERITY.index(earlier.verdict):
            decisions[fingerprint] = decision
    return decisions
