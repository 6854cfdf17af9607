"""Autobahn|Testsuite's own fuzzing client, which runs on Python 2.7 alone."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REQUIREMENT = "autobahntestsuite==0.8.2"
FOLDER = Path(__file__).parents[2] / ".venv-autobahn"
PASSED = {"OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED"}
"""`UNIMPLEMENTED`: the server does not negotiate the parameters of compression that a case asks for."""

_RUN = "import site; site.addsitedir({folder!r}); from autobahntestsuite.wstest import run; run()"


@dataclass(frozen=True, slots=True)
class Result:
    """What the client says of one case.

    Attributes:
        case: its number, such as `7.1.5`.
        behavior: what it says of the messages.
        closing: what it says of the end of the connection.
    """

    case: str
    behavior: str
    closing: str

    @property
    def passed(self) -> bool:
        """Whether both are right."""
        return self.behavior in PASSED and self.closing in PASSED


def find_python() -> str | None:
    """A Python 2.7: `$PYTHON2`, one on the path, or one of pyenv's; None if there is none."""
    of_pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    names = [os.environ.get("PYTHON2", ""), "python2.7", "python2", "pypy2.7", "pypy"]
    for name in [*names, *map(str, sorted(of_pyenv.glob("2.7*/bin/python2.7")))]:
        if name and _is_2_7(name):
            return name
    return None


def _is_2_7(python: str) -> bool:
    try:
        done = subprocess.run(
            [python, "-c", "import sys; sys.exit(sys.version_info[:2] != (2, 7))"], capture_output=True
        )
    except OSError:
        return False
    return done.returncode == 0


def install(python: str) -> bool:
    """Install the client in `FOLDER`, if it is not there yet; False if that cannot be."""
    if (FOLDER / "autobahntestsuite").is_dir():
        return True
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        done = subprocess.run(
            [*command, "--target", str(FOLDER), REQUIREMENT], timeout=600, stderr=subprocess.PIPE
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


async def run(python: str, url: str, cases: Sequence[str], folder: Path, seconds: float) -> list[Result]:
    """Run cases against a server.

    Args:
        python: a Python 2.7.
        url: the server's WebSocket.
        cases: which ones, such as `1.*`.
        folder: an empty folder, for the reports.
        seconds: after which the client counts as hung.

    Raises:
        RuntimeError: the client has failed; the message is what it printed.
    """
    specification = folder / "fuzzingclient.json"
    server = {"agent": "host", "url": url, "options": {"version": 18}}
    options = {"servers": [server], "outdir": str(folder / "reports"), "cases": cases, "exclude-cases": []}
    specification.write_text(json.dumps(options))
    process = await asyncio.create_subprocess_exec(
        *(python, "-W", "ignore", "-c", _RUN.format(folder=str(FOLDER)), "-m", "fuzzingclient"),
        *("-s", str(specification)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
    )
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        process.kill()
        raise RuntimeError(f"Autobahn's client did not end within {seconds:g} s") from None
    index = folder / "reports" / "index.json"
    if process.returncode or not index.is_file():
        raise RuntimeError(f"Autobahn's client has failed:\n{printed.decode(errors='replace')[-2_000:]}")
    results: Mapping[str, Mapping[str, str]] = json.loads(index.read_text())["host"]
    return [Result(case, each["behavior"], each["behaviorClose"]) for case, each in results.items()]
