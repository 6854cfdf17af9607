"""How long `pkcompat migrate` takes over a code base, beside other tools that read every file."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.measuring import Effort, in_turn
from benchmarks.memory import proportional_kb
from benchmarks.report import Curve, Plot, Section, Table, comparison, headline, rounded

from benchmarks import corpus, peers
from pkcodemods import may_hold_party, migrate_bytes

OURS = "pkcompat migrate --check"
COLD = ", no cache"
RUFF = "ruff check --select UP"
DJANGO_UPGRADE = "django-upgrade"
LIBCST = "libcst.tool codemod, a no-op"
TEXT = (
    "Whole processes over a code base of ordinary files (the standard library's, over and over, 12 KB on "
    f"average) and {corpus.PARTY_MODULES} party modules among them. The caches of `pkcompat` and of ruff "
    "are warm, but where it says otherwise. LibCST's own runner, which parses every file, is measured "
    "once, on fewer files."
)


def measure(effort: Effort) -> Section:
    """Seconds over a code base; how they grow with files; milliseconds a party module."""
    files = effort.size(corpus.ORDINARY_FILES, 200)
    sizes = (50, files) if effort.quick else (250, 500, 1_000, files)
    points: dict[str, list[tuple[float, float]]] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            corpus.build(folder, size)
            found = commands(folder)
            runs = Effort(effort.runs if size == files else 1, 1, effort.seconds)
            figures = in_turn({name: partial(_seconds, it, folder) for name, it in found.items()}, runs)
            for name, seconds in figures.items():
                points.setdefault(name, []).append((size + corpus.PARTY_MODULES, seconds.median))
            if size == sizes[0]:
                libcst = _seconds(_libcst(), folder)
            if size == files:
                each = milliseconds_a_module(folder, effort.runs)
    tables = (
        comparison(f"{files + corpus.PARTY_MODULES:,} files", "seconds", figures, ours=OURS),
        _libcst_table(libcst, sizes[0], points),
        Table(
            "The codemod over one party module, once it is imported",
            ("", "milliseconds"),
            (("median", rounded(statistics.median(each))), ("at most", rounded(max(each)))),
        ),
        _large_tree(effort),
    )
    curves = tuple(Curve(name, tuple(found)) for name, found in points.items())
    plot = Plot("migrate", "Going through a code base", "files", "seconds", curves, logarithmic=True)
    names = (RUFF, DJANGO_UPGRADE)
    return Section(
        "migrate",
        TEXT,
        tables,
        (headline(f"`pkcompat migrate --check`, {tables[0].title}", tables[0], *names),),
        (plot,),
        tuple(name for name in names if name not in figures),
    )


def commands(folder: Path) -> Mapping[str, Sequence[str]]:
    """The commands to time: ours, and those peers that are installed."""
    pkcompat = [peers.PYTHON, "-m", "pkcompat", "migrate", "--check"]
    found = {OURS: [*pkcompat, "."], OURS + COLD: [*pkcompat, "--no-cache", "."]}
    if (ruff := peers.program("ruff")) is not None:
        check = [ruff, "check", "--select", "UP", "--quiet", "--isolated"]
        found |= {RUFF: [*check, "."], RUFF + COLD: [*check, "--no-cache", "."]}
    if (django_upgrade := peers.program("django-upgrade")) is not None:
        files = [str(path) for path in sorted(folder.rglob("*.py"))]
        found[DJANGO_UPGRADE] = [django_upgrade, "--target-version", "5.0", *files]
    return found


def _libcst() -> list[str]:
    tool = [peers.PYTHON, "-m", "libcst.tool", "codemod", "-x", "--no-format", "--hide-progress"]
    return [*tool, "libcst.codemod.commands.noop.NOOPCommand", "."]


def _seconds(command: Sequence[str], folder: Path) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - started


def _libcst_table(seconds: float, size: int, points: Mapping[str, Sequence[tuple[float, float]]]) -> Table:
    rows = [(name, found[0][1]) for name, found in points.items() if name.startswith(OURS)]
    return Table(
        f"{size + corpus.PARTY_MODULES:,} files, one run",
        ("", "seconds", "ours / this"),
        (
            *((name, rounded(found), "") for name, found in rows),
            (LIBCST, rounded(seconds), f"{rows[0][1] / seconds:.3f}"),
        ),
    )


def _large_tree(effort: Effort) -> Table:
    """Seconds and memory over a large code base with many parties."""
    files, copies = effort.size(20_000, 200), effort.size(25, 1)
    rows = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        corpus.build(folder, files, copies)
        for name, command in commands(folder).items():
            if name != DJANGO_UPGRADE:
                if not name.endswith(COLD):
                    _seconds(command, folder)  # fills the cache
                seconds, kb = _seconds_and_memory(command, folder)
                rows.append((name, rounded(seconds), rounded(kb / 1_024)))
    parties = copies * corpus.PARTY_MODULES
    columns = ("", "seconds", "memory of all processes at most, MB")
    return Table(f"{files:,} files with {parties:,} party modules, one run each", columns, tuple(rows))


def _seconds_and_memory(command: Sequence[str], folder: Path) -> tuple[float, int]:
    """How long a command takes, and its processes' memory at most, in KB."""
    started, most = time.perf_counter(), 0
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        most = max(most, proportional_kb(process.pid))
        time.sleep(0.05)
    return time.perf_counter() - started, most


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
