"""What we are measured beside, and where it is; `make bench-peers` installs it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
PLACE = HERE / ".peers"
PARTYKIT = HERE / "javascript" / "node_modules" / "partykit"


def _python() -> str:
    python = PLACE / "bin" / "python"
    return str(python) if python.exists() else sys.executable


PYTHON = _python()
"""Runs what is measured: an environment with the project as its users have it, if the peers are installed,
else that of the benchmarks."""


@cache
def has_uvloop() -> bool:
    """Whether what is measured can run on uvloop and httptools; it always can without."""
    imports = subprocess.run([PYTHON, "-c", "import httptools, uvloop"], capture_output=True, check=False)
    return not imports.returncode


def program(name: str) -> str | None:
    """Where a peer's command is, or None."""
    folders = [PLACE / "bin", Path(sys.executable).parent]
    for folder in folders:
        if (found := shutil.which(name, path=str(folder))) is not None:
            return found
    return shutil.which(name)


def partykit_command() -> list[str] | None:
    """The command of PartyKit, or None."""
    node = shutil.which("node")
    script = PARTYKIT / "dist" / "bin.mjs"
    return [node, str(script)] if node is not None and script.exists() else None


def partykit_version() -> str | None:
    """The installed version of PartyKit."""
    if partykit_command() is None:
        return None
    version: str = json.loads((PARTYKIT / "package.json").read_text())["version"]
    return version
