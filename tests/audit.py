"""Asks an advisory database about all that is installed with this project, lowest and newest versions.

Run it as `make audit`, whose environment has uv and pip-audit. It ends with 1 if one of those versions has a
known fault, and with 3 if no database answers, which it says; `--offline-is-fine` makes that 0.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
RESOLUTIONS = ("lowest-direct", "highest")
SERVICES = ("pypi", "osv")
"""The databases, of which the first that knows all packages is asked."""
TIMEOUT = 120
"""Seconds that one question about all packages may take."""
FAULTY, UNANSWERED = 1, 3


@dataclass(frozen=True, slots=True)
class Fault:
    """A known fault of one version of a package."""

    package: str
    version: str
    advisory: str
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        fixed = ", ".join(self.fixed_in) or "no version yet"
        return f"{self.package} {self.version}: {self.advisory}, mended in {fixed}"


class UnansweredError(Exception):
    """No database answered for all packages."""


def resolved(resolution: str, folder: Path) -> Path:
    """The versions that are installed with the project, its extras and its development tools.

    Args:
        resolution: `lowest-direct` or `highest`, as uv has it.
        folder: where the list is written.
    """
    file = folder / f"{resolution}.txt"
    command = [BIN / "uv", "pip", "compile", "pyproject.toml", "--quiet", "--no-header", "--no-annotate"]
    command += ["--all-extras", "--group", "dev", "--group", "bench", "--group", "bench-peers"]
    subprocess.run([*command, "--resolution", resolution, "--output-file", file], cwd=ROOT, check=True)
    return file


def faults_of(file: Path) -> list[Fault]:
    """What the first database that knows all packages of a list says of them.

    Raises:
        UnansweredError: none of them does, as where there is no network.
    """
    reasons = []
    for service in SERVICES:
        try:
            return list(faults_in(_report(file, service)))
        except UnansweredError as error:
            reasons.append(f"{service}: {error}")
    raise UnansweredError("; ".join(reasons))


def _report(file: Path, service: str) -> dict[str, Any]:
    command = [BIN / "pip-audit", "--requirement", file, "--no-deps", "--disable-pip", "--format", "json"]
    command += ["--vulnerability-service", service, "--progress-spinner", "off", "--timeout", "15"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        raise UnansweredError(f"no answer within {TIMEOUT} seconds") from None
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise UnansweredError((done.stderr.strip().splitlines() or ["no answer"])[-1][:120]) from None
    return report


def faults_in(report: dict[str, Any]) -> Iterator[Fault]:
    """The faults in a report of pip-audit, which calls a package that it could not ask about `skipped`.

    Raises:
        UnansweredError: a package was skipped; pip-audit itself would end as if all were well.
    """
    for package in report["dependencies"]:
        if "skip_reason" in package:
            raise UnansweredError(package["skip_reason"])
        for fault in package["vulns"]:
            yield Fault(package["name"], package["version"], fault["id"], tuple(fault["fix_versions"]))


def main(arguments: list[str]) -> int:
    """Print what is known of both lists, and return the exit status."""
    faults: list[Fault] = []
    with tempfile.TemporaryDirectory() as folder:
        for resolution in RESOLUTIONS:
            file = resolved(resolution, Path(folder))
            count = len(file.read_text(encoding="utf-8").splitlines())
            try:
                found = faults_of(file)
            except UnansweredError as error:
                print(f"No advisory database could be asked ({error})", file=sys.stderr)
                return 0 if "--offline-is-fine" in arguments else UNANSWERED
            print(f"{resolution}: {len(found)} known faults in {count} packages")
            faults += found
    for fault in dict.fromkeys(faults):
        print(fault)
    return FAULTY if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
