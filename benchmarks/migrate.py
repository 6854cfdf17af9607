"""How long `pkcompat migrate` takes over a code base, beside other tools that read every file.

Run it with `make bench-migrate`. Peers that are not installed are skipped by name; those that rewrite in
place run on a copy.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import corpus
from timing import print_table, time_in_turn

from pkcodemods import may_hold_party, migrate_bytes

BIN = Path(sys.executable).parent
OURS = "pkcompat migrate --check"


def commands(folder: Path, *, slow: bool) -> dict[str, Sequence[str]]:
    """The commands to time: ours, and those peers that are installed."""
    files = [str(path) for path in sorted(folder.rglob("*.py"))]
    pkcompat = str(BIN / "pkcompat")
    found: dict[str, Sequence[str]] = {
        OURS: [pkcompat, "migrate", "--check", "."],
        f"{OURS} --no-cache": [pkcompat, "migrate", "--check", "--no-cache", "."],
    }
    peers: dict[str, Sequence[str]] = {
        "ruff check": ["ruff", "check", "--quiet", "--isolated", "."],
        "ruff check --no-cache": ["ruff", "check", "--quiet", "--isolated", "--no-cache", "."],
        "django-upgrade": ["django-upgrade", "--target-version", "5.0", *files],
    }
    for name, (program, *arguments) in peers.items():
        if (path := shutil.which(program, path=str(BIN)) or shutil.which(program)) is not None:
            found[name] = [path, *arguments]
        else:
            print(f"skipped: {name} (no {program} here)")
    if slow:
        tool = [sys.executable, "-m", "libcst.tool", "codemod", "-x", "--no-format", "--hide-progress"]
        found["libcst.tool codemod (no-op)"] = [*tool, "libcst.codemod.commands.noop.NOOPCommand", "."]
    return found


def milliseconds_a_module(folder: Path, runs: int) -> list[float]:
    """How long the codemod takes over each party module of the code base, once it is imported: medians."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        data = path.read_bytes()
        if may_hold_party(data):
            taken = []
            for _ in range(runs):
                started = time.perf_counter()
                migrate_bytes(data, path=path.name)
                taken.append((time.perf_counter() - started) * 1_000)
            found.append(statistics.median(taken))
    return found


def main() -> None:
    """Build the code base, time the commands, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each command")
    parser.add_argument("--slow", action="store_true", help="time LibCST's own runner too (minutes a run)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        corpus.build(folder)
        files = list(folder.rglob("*.py"))
        size = sum(path.stat().st_size for path in files) / 1e6
        print(f"{len(files)} files, {size:.0f} MB, Python {platform.python_version()}, {platform.machine()}")
        print_table(time_in_turn(commands(folder, slow=options.slow), folder, options.runs), "ruff check")
        each = milliseconds_a_module(folder, options.runs)
        median = statistics.median(each)
        print(f"{len(each)} party modules: {median:.1f} ms each (median), {max(each):.1f} ms at most")


if __name__ == "__main__":
    main()
