"""What a reader's rule is: its weight and its manual page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that can be wrong with a file."""

    severity: str
    """``error``, ``warning`` or ``info``."""
    title: str
    finds: str
    matters: str
    remedy: str

    @property
    def manual(self) -> str:
        """The manual page: plain text with the sections of every rule's page.

        Examples
        --------
        >>> print(Defect("info", "A title", "It finds.", "It matters.", "Do this.").manual)
        A title.
        <BLANKLINE>
        What it finds
        -------------
        It finds.
        <BLANKLINE>
        Why it matters
        --------------
        It matters.
        <BLANKLINE>
        What to do
        ----------
        Do this.
        """
        sections = [
            ("What it finds", self.finds),
            ("Why it matters", self.matters),
            ("What to do", self.remedy),
        ]
        return "\n\n".join(
            [f"{self.title}.", *(f"{name}\n{'-' * len(name)}\n{text}" for name, text in sections)]
        )
