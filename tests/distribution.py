"""Builds the sdist and the wheel, and tries them where nothing else is installed.

Run it as `make dist`, whose environment has build and twine, with the Pythons to try: each gets an empty
environment with the wheel, in which the command and the demo of the sdist run. In the last of them the steps
of the Dockerfile are run, too. What was built lies in `dist/`.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path

from tests.dockerfile import DOCKERFILE, Instruction, read_dockerfile, the_one

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSION: str = PROJECT["project"]["version"]
SOURCES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
STARTING = 60.0
"""Seconds that a server may take to start, on a busy machine."""


class DistributionError(Exception):
    """What was built is not what should be released. The message says what is wrong."""


def unexpected(kind: str, built: Iterable[str], tracked: Iterable[str]) -> list[str]:
    """What is too much or too little in a distribution.

    Args:
        kind: `sdist` or `wheel`.
        built: the paths within it.
        tracked: the paths of the files that git knows.
    """
    if kind == "sdist":
        top = f"pkcompat-{VERSION}/"
        found = {path.removeprefix(top) for path in built} - {"PKG-INFO"}
        expected = set(tracked)
    else:
        information = f"pkcompat-{VERSION}.dist-info/"
        expected = {information + name for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")}
        expected.add(information + "licenses/LICENSE")
        for source in SOURCES:
            parent = source.rpartition("/")[0] + "/"
            expected |= {path.removeprefix(parent) for path in tracked if path.startswith(source + "/")}
        found = set(built)
    return [f"- {path}" for path in sorted(expected - found)] + [
        f"+ {path}" for path in sorted(found - expected)
    ]


def placed(instruction: Instruction, folder: Path, admin_port: int) -> list[str]:
    """A command of the Dockerfile for this machine: free ports of loopback, and a folder for `/data`."""
    serving = the_one(read_dockerfile(DOCKERFILE.read_text(encoding="utf-8"))[-1], "CMD").words()
    public, admin = (serving[serving.index(option) + 1] for option in ("--port", "--admin"))
    other = {"0.0.0.0": "127.0.0.1", public: "0", admin: str(admin_port), "/data": str(folder)}
    words = [other.get(word, word) for word in instruction.words()]
    return [word.replace(f"127.0.0.1:{admin}/", f"127.0.0.1:{admin_port}/") for word in words]


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def until_healthy(check: list[str]) -> None:
    """Run a health check again and again until it passes.

    Raises:
        DistributionError: it does not, within `STARTING` seconds.
    """
    deadline = time.monotonic() + STARTING
    while subprocess.run(check, capture_output=True).returncode != 0:
        if time.monotonic() > deadline:
            raise DistributionError("what the Dockerfile starts does not become healthy")
        time.sleep(0.1)


def build() -> tuple[Path, Path]:
    """Build both, and look at what is in them and what a package index would show of them."""
    _run(sys.executable, "-m", "build", "--outdir", DIST, ROOT)
    (sdist,), (wheel,) = DIST.glob("*.tar.gz"), DIST.glob("*.whl")
    _run(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = [path for path in listed.stdout.split("\0") if path]
    with tarfile.open(sdist) as archive, zipfile.ZipFile(wheel) as zipped:
        members = [member.name for member in archive if not member.isdir()]
        for kind, built in (("sdist", members), ("wheel", zipped.namelist())):
            if wrong := unexpected(kind, built, tracked):
                raise DistributionError(
                    f"the {kind} lacks (-) or has too much (+); commit or remove:\n" + "\n".join(wrong)
                )
    return sdist, wheel


def try_wheel(python: str, wheel: Path, source: Path, folder: Path) -> Path:
    """Install the wheel in an empty environment; run the command and the demo from it.

    Returns:
        where the environment's programs are.
    """
    programs = folder / "environment" / "bin"
    _run(python, "-m", "venv", programs.parent)
    _run(programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    _run(programs / "python", "-m", "pip", "check")
    minor = _output(programs / "python", "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    if f"Programming Language :: Python :: {minor}" not in PROJECT["project"]["classifiers"]:
        raise DistributionError(f"Python {minor} is tried, and not among the classifiers in pyproject.toml")
    said = _output(programs / "pkcompat", "--version")
    if said != f"pkcompat {VERSION}":
        raise DistributionError(f"pkcompat --version prints {said!r}, and the version is {VERSION}")
    imported = Path(
        _output(programs / "python", "-c", "import pkcompat; print(pkcompat.__file__)", cwd=folder)
    )
    if not imported.is_relative_to(programs.parent):
        raise DistributionError(f"what runs is not what was installed: {imported}")
    _run(programs / "python", source / "examples" / "demo.py", cwd=folder, quiet=True)
    print(f"Python {minor}: {said} installs, and runs the demo", flush=True)
    return programs


def try_dockerfile(programs: Path, source: Path, folder: Path) -> None:
    """Run the Dockerfile's pip steps with an environment's pip, then its command until its check passes."""
    stages = read_dockerfile(DOCKERFILE.read_text(encoding="utf-8"))
    for step in (each.value for stage in stages for each in stage if each.value.startswith("pip ")):
        _run(
            "sh",
            "-ec",
            step.replace("/wheels", str(folder / "wheels")),
            cwd=source,
            path=programs,
            quiet=True,
        )
    project, port = source / "examples" / "demo", free_port()
    data = folder / "data"
    data.mkdir()
    check, command = (placed(the_one(stages[-1], name), data, port) for name in ("HEALTHCHECK", "CMD"))
    with subprocess.Popen([programs / command[0], *command[1:]], cwd=project) as process:
        try:
            until_healthy([str(programs / check[0]), *check[1:]])
            process.send_signal(signal.SIGTERM)  # as `docker stop` does
            if process.wait(STARTING) != 0:
                raise DistributionError(f"what the Dockerfile starts ends with {process.returncode}")
        finally:
            process.kill()
    print("Dockerfile: its pip steps run, its command becomes healthy, and stops", flush=True)


def _run(*command: object, cwd: Path | None = None, path: Path | None = None, quiet: bool = False) -> None:
    words = list(map(str, command))
    search = os.environ["PATH"] if path is None else f"{path}{os.pathsep}{os.environ['PATH']}"
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True} if quiet else {}
    done = subprocess.run(words, cwd=cwd, env={**_environment(), "PATH": search}, **output)  # type: ignore[call-overload]
    if done.returncode != 0:
        raise DistributionError(f"{' '.join(words)} ended with {done.returncode}\n{done.stdout or ''}")


def _output(*command: object, cwd: Path | None = None) -> str:
    words = list(map(str, command))
    done = subprocess.run(words, cwd=cwd, env=_environment(), capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _environment() -> dict[str, str]:
    """Without what would let an environment see the checkout."""
    return {name: value for name, value in os.environ.items() if not re.match("PYTHON(PATH|HOME)$", name)}


def main(pythons: list[str]) -> int:
    """Build, try, and return the exit status."""
    try:
        sdist, wheel = build()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with tarfile.open(sdist) as archive:
                archive.extractall(folder, filter="data")
            source = folder / sdist.name.removesuffix(".tar.gz")
            for number, python in enumerate(dict.fromkeys(pythons)):
                place = folder / str(number)
                place.mkdir()
                programs = try_wheel(python, wheel, source, place)
            try_dockerfile(programs, source, folder)
    except DistributionError as error:
        shutil.rmtree(DIST, ignore_errors=True)
        print(error, file=sys.stderr)
        return 1
    print(f"dist/ has {sdist.name} and {wheel.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
