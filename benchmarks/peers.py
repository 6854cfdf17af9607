"""What we are measured beside, and where it is; `make bench-peers` installs it."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PLACE = HERE / ".peers"
PARTYKIT = HERE / "javascript" / "node_modules" / "partykit"

PYTHON = sys.executable
"""Has the project as it is installed by default: asyncio's event loop, and h11 for HTTP."""


def _fast_python() -> str | None:
    python = PLACE / "bin" / "python"
    return str(python) if python.exists() else None


FAST_PYTHON = _fast_python()
"""Has the project with uvloop and httptools; None if the peers are not installed."""


def program(name: str) -> str | None:
    """Where a peer's command is, or None."""
    folders = [PLACE / "bin", Path(PYTHON).parent]
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
