"""What `migrate --format json` and `scan --format json` print: of a real module."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from pkcompat.command.app import app

MODULE = """\
from partykit.server import PartyKitRoom, PartyKitServer


def on_message(message, connection, room: PartyKitRoom):
    room.broadcast(f"{len(room.connections)} here: {message}")


chat: PartyKitServer = {"onMessage": on_message}
lobby: PartyKitServer = {"onMesage": on_message}
"""


def printed(arguments: Sequence[str]) -> Any:
    """The JSON that a command prints of `MODULE`.

    Raises:
        RuntimeError: it failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "chat.py")
        file.write_text(MODULE)
        done = CliRunner().invoke(app, [*arguments, "--format", "json", "--no-cache", str(file)])
        if done.exit_code != 0:
            raise RuntimeError(f"{arguments} ended with {done.exit_code}: {done.output}")
        document = json.loads(done.output)
    document["files"][0]["path"] = "chat.py"
    return document


def migrated() -> str:
    """Of `migrate`."""
    return _block(printed(["migrate"]))


def scanned() -> str:
    """Of `scan`."""
    return _block(printed(["scan"]))


def _block(document: Any) -> str:
    return f"```json\n{json.dumps(document, indent=2, ensure_ascii=False)}\n```"
