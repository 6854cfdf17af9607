"""Asking git about the user's repository; nothing of it changes by that."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

GIT_PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")


def run_git(folder: Path, *arguments: str) -> bytes | None:
    """What a git command prints; None if it fails, or there is no git.

    Args:
        folder: where it runs.
        arguments: what follows `git`. Hooks do not run.
    """
    env = {name: value for name, value in os.environ.items() if name not in GIT_PLACES}
    command = ["git", "-C", str(folder), "-c", f"core.hooksPath={os.devnull}", *arguments]
    try:
        done = subprocess.run(
            command,
            env=env | {"GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C does not cut it in two
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def listed(folder: Path, *arguments: str) -> list[str]:
    """The records that a git command prints with `-z`.

    Raises:
        OSError: it fails.
    """
    found = run_git(folder, *arguments)
    if found is None:
        raise OSError(f"git {arguments[0]} fails")
    return [os.fsdecode(record) for record in found.split(b"\0") if record]


def top_level(folder: Path) -> Path | None:
    """The top of the repository around a folder, without links; None if there is none."""
    found = run_git(folder, "rev-parse", "--show-toplevel")
    if found is None or not found.strip():
        return None
    return Path(os.path.realpath(os.fsdecode(found.removesuffix(b"\n"))))
