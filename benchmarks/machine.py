"""What the figures were taken on: the machine, and the versions of what was measured."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
import sys
from pathlib import Path

from benchmarks import peers

_LIST_VERSIONS = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""
LOAD = os.getloadavg()[0]
"""How many processes wanted to run when this began: figures of a busy machine are not to be quoted."""

PACKAGES = (
    "pkcompat",
    "starlette",
    "uvicorn",
    "websockets",
    "uvloop",
    "httptools",
    "h11",
    "libcst",
    "ruff",
    "django-upgrade",
)


def described() -> str:
    """The machine in a line: processor, cores, kernel, Python."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {_kernel()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def versions() -> str:
    """The versions of what was measured, in a line."""
    found: dict[str, str] = {}
    for python in (sys.executable, peers.PYTHON):
        output = subprocess.run([python, "-c", _LIST_VERSIONS, *PACKAGES], capture_output=True, check=True)
        found |= json.loads(output.stdout)
    listed = [f"{name} {found[name]}" for name in PACKAGES if name in found]
    if (partykit := peers.partykit_version()) is not None:
        listed.append(f"PartyKit {partykit} on workerd")
    return ", ".join(listed)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def _kernel() -> str:
    """The kernel's version, without what its builder added."""
    return platform.release().partition("-")[0].partition("+")[0]
