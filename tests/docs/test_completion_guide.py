"""The commands of the guide to completion, as they stand there, in a home folder of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.mirror import ROOT

GUIDE = (ROOT / "docs" / "guides" / "completion.md").read_text(encoding="utf-8")
COMMANDS = "\n".join(re.findall(r"^\$ (.*)$", GUIDE, re.MULTILINE))
OUTCOMES = {
    ".local/share/bash-completion/completions/pkcompat": "complete -o default",
    ".zfunc/_pkcompat": "#compdef pkcompat",
    ".config/fish/completions/pkcompat.fish": "complete --command pkcompat",
    ".bash_completions/pkcompat.sh": "complete -o default",
    ".bashrc": "pkcompat.sh",
}


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_its_commands_write_what_the_shells_read(tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", f"set -e\n{COMMANDS}\ncomplete -p pkcompat"],
        env={**os.environ, "HOME": str(tmp_path), "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.endswith("complete -o default -F _pkcompat_completion pkcompat\n")
    for name, content in OUTCOMES.items():
        assert content in (tmp_path / name).read_text()
