"""The project that clients talk to, in both forms; a test that takes `form` runs once with each."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.clients.processes import CLIENTS, ServedProject, pkcompat_serve

# The clients that teams have: the present one, whose `party` is `main` unless it says otherwise, and the
# last of those of PartyKit's time, which asks for `/party/<room>` then.
PARTYSOCKETS = {"partysocket": "/parties/main/", "partysocket-0": "/party/"}

CHROMIUM = shutil.which("chromium")
SCREENSHOTS = os.environ.get("SCREENSHOTS")  # a folder: then pictures of every page are kept there

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not on PATH; on Debian: apt-get install chromium"
)


def screenshots() -> dict[str, Any]:
    """The option of a script that looks at pages."""
    if SCREENSHOTS is None:
        return {}
    Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
    return {"screenshots": str(Path(SCREENSHOTS).resolve())}


@pytest.fixture(scope="session", autouse=True)
def node_packages() -> None:
    """Say what is missing before every test fails of it."""
    if shutil.which("node") is None or not (CLIENTS / "node_modules").is_dir():
        pytest.exit("Node.js 20 or newer and the npm packages are needed; run: make setup-clients", 2)


def migrate(folder: Path, rewritten: int) -> None:
    """Rewrite the parties of a project to classes, all of them without residue."""
    done = subprocess.run(
        [sys.executable, "-m", "pkcompat", "migrate", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"({rewritten} rewritten)" in done.stdout
    assert not [file for file in folder.glob("*.py") if "partykit.server" in file.read_text()]


@pytest.fixture(scope="session", params=["object", "class"])
def form(request: pytest.FixtureRequest) -> str:
    """The form of the parties: objects of handlers, or the classes that the codemod makes of them."""
    return str(request.param)


@pytest.fixture(scope="session")
def project(form: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `partykit.json` and the parties; each host gets a copy, for it writes there."""
    folder = tmp_path_factory.mktemp(form) / "project"
    shutil.copytree(CLIENTS / "parties", folder, ignore=shutil.ignore_patterns("__pycache__"))
    if form == "class":
        migrate(folder, rewritten=3)
    return folder


@pytest.fixture(scope="session")
def host(project: Path) -> Iterator[str]:
    """A host that tests share: what clients take as `host`."""
    served = pkcompat_serve(shutil.copytree(project, project.with_name("shared")))
    yield served.host
    served.stop()
    # The one error that tests provoke is a party's own; the host's must not fail of what clients do.
    assert served.output.count("Traceback") == served.output.count("RuntimeError: on_connect failed")


@pytest.fixture
def own_host(project: Path, tmp_path: Path) -> Iterator[ServedProject]:
    """A host that a test may stop and start."""
    served = pkcompat_serve(shutil.copytree(project, tmp_path / "project"))
    yield served
    served.kill()
    assert "Traceback" not in served.output


@pytest.fixture
def embedded_host(project: Path, tmp_path: Path) -> Iterator[ServedProject]:
    """A host inside an application, also below `/live`, whose rooms hibernate soon and outlive it."""
    folder = shutil.copytree(project, tmp_path / "embedded")
    served = ServedProject(folder, [sys.executable, CLIENTS / "embedded_host.py"])
    yield served
    served.kill()
    assert "Traceback" not in served.output


@pytest.fixture(params=PARTYSOCKETS)
def partysocket(request: pytest.FixtureRequest) -> str:
    """The npm package."""
    return str(request.param)
