"""What a reader returns: the dataset, what is wrong with it, and the error that ends an audit."""

from __future__ import annotations

from audit.carriers import dataclass
from audit.dataset.model import Dataset
from audit.findings.finding import Finding, Severity

UNRATED = Severity.ERROR
"""What a loader gives every finding: evaluation replaces it by the severity of the rule."""
RULE_TITLE = "{title}: "
"""How a message begins that shall begin with the title of its rule; evaluation fills it in."""


@dataclass(frozen=True, slots=True)
class LoadedDataset:
    """A dataset as it was read, and the defects that were found on the way."""

    dataset: Dataset
    findings: tuple[Finding, ...]
    """Their ``instance_rows`` are rows of the dataset's annotations: the instances table is not yet made.

    Not yet rated: see `UNRATED` and `RULE_TITLE`.
    """


class UnreadableError(Exception):
    """There is no dataset to audit; the command exits with 2 and prints this in one line.

    Parameters
    ----------
    rule : str
        ``json.syntax``, ``schema.missing_key`` ...
    file : str
        The file, as the user named it.
    where : str
        Line and column, byte, or JSON pointer; empty where the whole file is meant.
    what : str
        What is wrong.
    remedy : str
        What to do about it.

    Examples
    --------
    >>> print(UnreadableError("json.empty", "a.json", "byte 0", "the file is empty", "export it again"))
    a.json: byte 0: the file is empty; export it again [json.empty]
    """

    def __init__(self, rule: str, file: str, where: str, what: str, remedy: str) -> None:
        self.rule, self.file, self.where, self.what, self.remedy = rule, file, where, what, remedy
        place = f"{where}: " if where else ""
        super().__init__(f"{file}: {place}{what}; {remedy} [{rule}]")
