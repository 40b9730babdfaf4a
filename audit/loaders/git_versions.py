"""The versions of one file in a git repository, taken out into files of their own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from audit.carriers import dataclass
from audit.loaders.loaded import UnreadableError

MAX_VERSIONS = 50
"""Versions of one file that are read at most: the newest."""


@dataclass(frozen=True, slots=True)
class GitVersion:
    """A file as one commit left it."""

    commit: str
    """Abbreviated."""
    path: Path
    """Where it was written."""


def extract_git_versions(file: Path, revisions: str, folder: Path) -> tuple[GitVersion, ...]:
    """Write every version of a file that commits of a range made.

    Parameters
    ----------
    file : Path
        In the working tree of a repository.
    revisions : str
        As ``git log`` takes them: ``v1..v3``, ``HEAD~5..``; the version before the first is taken, too.
    folder : Path
        Existing; versions are written here, each under its commit's name.

    Returns
    -------
    tuple of GitVersion
        The oldest first, at most `MAX_VERSIONS`; a commit that removed the file is left out.

    Raises
    ------
    UnreadableError
        If git is not installed, the file is in no repository, or the range is none.
    """
    if revisions.startswith("-"):
        raise UnreadableError("input.format", revisions, "", "this is no range of commits", "give OLD..NEW")
    top = Path(_run_git(file, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    name = file.resolve().relative_to(top.resolve()).as_posix()
    log = _run_git(
        file, "log", "--format=%h", f"--max-count={MAX_VERSIONS}", revisions, "--", f":(top,literal){name}"
    )
    commits = log.decode().split()[::-1]
    if commits:
        before = _run_git(
            file,
            "log",
            "--format=%h",
            "--max-count=1",
            f"{commits[0]}~",
            "--",
            f":(top,literal){name}",
            fails=True,
        )
        commits = before.decode().split() + commits
    versions = []
    for commit in commits[-MAX_VERSIONS:]:
        content = _run_git(file, "cat-file", "blob", f"{commit}:{name}", fails=True)
        if content:
            path = folder / f"{commit}-{file.name}"
            path.write_bytes(content)
            versions.append(GitVersion(commit, path))
    return tuple(versions)


def _run_git(file: Path, *arguments: str, fails: bool = False) -> bytes:
    """Run git beside a file; where it may fail, it gives nothing then."""
    command = ["git", "-C", str(file.resolve().parent), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise UnreadableError("input.missing", str(file), "", "git cannot be run", "install git") from error
    if done.returncode and not fails:
        reason = done.stderr.decode(errors="replace").strip().partition("\n")[0] or "git failed"
        raise UnreadableError(
            "input.format", str(file), "", reason, "give a file in a repository, and OLD..NEW"
        )
    return b"" if done.returncode else done.stdout
