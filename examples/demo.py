"""`make demo`: a small project from the object form to the class form, with the proof on the way.

Everything happens in a copy; the example itself stays as it is.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.rule import Rule

EXAMPLE = Path(__file__).parent / "demo"
STEPS = (
    ("What the codemod would change", "migrate . --diff", 0),
    (
        "Both forms of the chat side by side, under traffic recorded on PartyKit",
        "verify chat.py --traffic traffic/chat.json",
        0,
    ),
    ("Both forms of the lobby side by side", "verify lobby.py --traffic traffic/lobby.json", 0),
    ("They agree: now the files are written", "migrate .", 0),
    ("A second run finds nothing to do", "migrate . --check", 0),
)


def main() -> int:
    """Run the demo. Returns the exit status: 0 if every command ended as it should."""
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "chat"
        shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("__pycache__"))
        for title, arguments, expected in STEPS:
            console.print(Rule(f"[bold]{title}[/]", align="left"))
            console.print(f"[dim]$[/] [bold]pkcompat {arguments}[/]\n")
            command = [sys.executable, "-m", "pkcompat", *shlex.split(arguments)]
            status = subprocess.run(command, cwd=project, check=False).returncode
            console.print()
            if status != expected:
                console.print(f"[bold red]pkcompat {arguments} ended with {status}[/]")
                return 1
    console.print(
        Rule("[bold green]Done: two parties migrated, and shown to behave as before[/]", align="left")
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
