"""Running git in the user's repository, without hooks and without optional locks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

# Set when pkcompat itself runs in a git hook; they would point git at another repository than `folder`.
GIT_PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")


def run_git(folder: Path, *arguments: str) -> bytes | None:
    """Run a git command without hooks.

    Args:
        folder: where to run it.
        arguments: the arguments of `git`.

    Returns:
        The command's output; None if it fails, or if git is not installed.
    """
    env = {name: value for name, value in os.environ.items() if name not in GIT_PLACES}
    command = ["git", "-C", str(folder), "-c", f"core.hooksPath={os.devnull}", *arguments]
    try:
        done = subprocess.run(
            command,
            env=env | {"GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # so that Ctrl-C does not interrupt it
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def listed(folder: Path, *arguments: str) -> list[str]:
    """Run a git command with `-z`, and return the records that it prints.

    Raises:
        OSError: it fails.
    """
    found = run_git(folder, *arguments)
    if found is None:
        raise OSError(f"git {arguments[0]} fails")
    return [os.fsdecode(record) for record in found.split(b"\0") if record]


def top_level(folder: Path) -> Path | None:
    """The real path of the top of the repository around a folder; None if there is none."""
    found = run_git(folder, "rev-parse", "--show-toplevel")
    if found is None or not found.strip():
        return None
    return Path(os.path.realpath(os.fsdecode(found.removesuffix(b"\n"))))
