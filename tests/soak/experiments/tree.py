"""`pkcompat migrate` over a tree of 20,000 files and 500 parties, and killed at its system calls."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.memory import proportional_kb
from tests.soak.experiment import Effort, Experiment, Figure, Unavailable, expect

LARGEST = 300  # MB
PACKAGES = 100
MODULES = 195  # without a party, in each package; five parties and the helper they share come in addition
MODULE = "".join(
    f"def function_{number}(value, other=None):\n    return [value * {number}, other]\n\n\n"
    for number in range(12)
)
PARTY = """\
from partykit.server import PartyKitServer

from {package}.helpers import tell


def on_connect(connection, room):
    tell(room, "joined")


def on_message(message, connection, room):
    room.broadcast(message)


default: PartyKitServer = {{"onConnect": on_connect, "onMessage": on_message}}
"""
HELPER = "def tell(room, text):\n    room.broadcast(text)\n    return room.connections.get('a')\n"


def write_tree(folder: Path) -> None:
    """Write the files."""
    for number in range(PACKAGES):
        package = folder / f"package{number}"
        package.mkdir(parents=True)
        (package / "helpers.py").write_text(HELPER)
        for each in range(5):
            (package / f"party{each}.py").write_text(PARTY.format(package=package.name))
        for each in range(MODULES - 1):
            (package / f"module{each}.py").write_text(
                f"from {package.name} import module{each + 1}\n\n\n{MODULE}"
            )


def command(*arguments: str) -> list[str]:
    """The command line of a run of `migrate`."""
    return [sys.executable, "-m", "pkcompat", "migrate", "--no-cache", *arguments]


def large(effort: Effort) -> Figure:
    """All of the tree in one go."""
    tree = effort.folder / "large"
    write_tree(tree)
    count = sum(1 for _ in tree.rglob("*.py"))
    start, most = time.monotonic(), 0
    with open(effort.folder / "output", "w") as output:
        with subprocess.Popen(command("."), cwd=tree, stdout=output, stderr=output) as process:
            while process.poll() is None:
                most = max(most, proportional_kb(process.pid))
                time.sleep(0.1)
    seconds, megabytes = time.monotonic() - start, most // 1024
    expect(process.returncode == 0, f"the exit status was {process.returncode}")
    changed = sum("PartyServer" in path.read_text() for path in tree.rglob("party*.py"))
    expect(changed == 5 * PACKAGES, f"{changed} parties were rewritten")
    again = subprocess.run(command("--check", "."), cwd=tree, capture_output=True, check=False)
    expect(again.returncode == 0, "a second run would change something")
    text = f"{count:,} files with {changed} parties: {seconds:.0f} s, at most {megabytes} MB in all processes"
    return Figure(text, f"more than {LARGEST} MB" if megabytes > LARGEST else "")


FILES = {
    "chat.py": PARTY.format(package="kept").replace("kept.helpers", "helpers"),
    "helpers.py": HELPER,
}
CALLS = ("openat", "write", "fsync", "rename", "chmod", "fchmod", "chown", "close", "unlink", "flock")


def fresh(tree: Path) -> None:
    """The two files as they were."""
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir()
    for name, text in FILES.items():
        (tree / name).write_text(text)


def killed(effort: Effort) -> Figure:
    """Killed right before a system call, again and again, and run once more."""
    if shutil.which("strace") is None:
        raise Unavailable("strace is not installed")
    tree = effort.folder / "killed"
    trace = effort.folder / "trace"
    fresh(tree)
    line = command("--jobs", "1", ".")
    filters = f"trace={','.join(CALLS)}"
    subprocess.run(
        ["strace", "-o", str(trace), "-e", filters, *line], cwd=tree, capture_output=True, check=True
    )
    calls = [text.partition("(")[0] for text in trace.read_text().splitlines()]
    first = next(i for i, text in enumerate(trace.read_text().splitlines()) if ".pkcompat-migrate" in text)
    new = {name: (tree / name).read_text() for name in FILES}
    places = [(calls[i], calls[: i + 1].count(calls[i])) for i in range(max(0, first - 3), len(calls))]
    places = [place for place in places if place[0] in CALLS]
    kept = places[:: effort.count(short=max(1, len(places) // 6), long=1)]
    mixed = 0
    for name, number in kept:
        fresh(tree)
        inject = f"inject={name}:signal=KILL:when={number}"
        traced = ["strace", "-qq", "-o", "/dev/null", "-e", filters, "-e", inject, *line]
        subprocess.run(traced, cwd=tree, capture_output=True, check=False)
        found = {name: (tree / name).read_text() for name in FILES}
        for file, text in found.items():
            expect(text in (FILES[file], new[file]), f"{file} was half written at {name} {number}")
        rest = {path.name for path in tree.iterdir()} - FILES.keys() - {"__pycache__"}
        expect(all(each.startswith(".pkcompat-migrate-") for each in rest), f"left behind: {rest}")
        if len({found[file] == new[file] for file in FILES}) == 2:
            mixed += 1
            continue  # between the two renames, which nothing separates but the two checks before them
        subprocess.run(line, cwd=tree, capture_output=True, check=True)
        expect(
            {name: (tree / name).read_text() for name in FILES} == new, f"not mended after {name} {number}"
        )
    return Figure(
        f"killed at {len(kept)} system calls of writing: 0 files half written; "
        f"{mixed} times between the renames of two files"
    )


def run(effort: Effort) -> Iterator[Figure]:
    """Hold `migrate` to a large tree, and to being killed."""
    yield large(effort)
    yield killed(effort)


EXPERIMENT = Experiment(
    "tree",
    "`migrate` takes 20,000 files with 500 parties within 300 MB, and killed at any call leaves them whole.",
    run,
    limit=1_800.0,
)
