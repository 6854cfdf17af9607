"""Processes of the client tests: hosts, and Node scripts that say in JSON lines what they saw."""

from __future__ import annotations

import json
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

CLIENTS = Path(__file__).parent
PATIENCE = 60.0  # seconds for whatever a test waits for


class Process:
    """A process whose output is read as it comes."""

    def __init__(self, command: Sequence[str | Path], folder: Path) -> None:
        self.lines: list[str] = []
        self._arriving: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.popen = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            self.lines.append(line.rstrip("\n"))
            self._arriving.put(self.lines[-1])
        self._arriving.put(None)

    @property
    def output(self) -> str:
        """What the process has printed so far."""
        return "\n".join(self.lines)

    def line(self, wanted: Callable[[str], bool]) -> str:
        """The next line that is wanted."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                line = self._arriving.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"waited {PATIENCE} s in vain; so far:\n{self.output}") from None
            if line is None:
                raise AssertionError(f"the process ended:\n{self.output}")
            if wanted(line):
                return line

    def ended(self) -> int:
        """The exit status, once the process has ended and all it printed is there."""
        status = self.popen.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status

    def kill(self) -> None:
        """End the process at once."""
        self.popen.kill()
        self.ended()
        assert self.popen.stdin is not None
        assert self.popen.stdout is not None
        self.popen.stdin.close()
        self.popen.stdout.close()


class ServedProject:
    """A host on a free loopback port, which a new process can take over."""

    def __init__(self, folder: Path, command: Sequence[str | Path]) -> None:
        """Start the host.

        Args:
            folder: the project.
            command: what serves it; as `pkcompat serve` does, it takes `--port`, and prints
                its URL and then `Ctrl-C`.
        """
        self._folder = folder
        self._command = command
        self.port = 0
        self.start()

    @property
    def host(self) -> str:
        """What clients take as `host`."""
        return f"127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        """What the running process has printed so far."""
        return self._process.output

    def start(self) -> None:
        """Serve, on the port of before if there was one."""
        self._process = Process([*self._command, "--port", str(self.port)], self._folder)
        self._process.line(lambda line: "Ctrl-C" in line)
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.output)
        assert found is not None, self.output
        self.port = int(found[1])

    def stop(self) -> None:
        """Have the process end as a service manager would."""
        self._process.popen.send_signal(signal.SIGTERM)
        status = self._process.ended()
        self._process.kill()
        assert status == 0, self.output

    def kill(self) -> None:
        """Have the process die at once."""
        self._process.kill()


def pkcompat_serve(folder: Path) -> ServedProject:
    """A project under `pkcompat serve`."""
    return ServedProject(folder, [sys.executable, "-m", "pkcompat", "serve"])


class NodeScript:
    """A script of `scripts/`, and what it reports: objects with the name of an `event`."""

    def __init__(self, name: str, **options: Any) -> None:
        """Run a script.

        Args:
            name: the script's file name.
            options: what the script takes, as JSON.
        """
        self._process = Process(["node", CLIENTS / "scripts" / name, json.dumps(options)], CLIENTS)

    def __enter__(self) -> NodeScript:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()

    def event(self, name: str) -> dict[str, Any]:
        """The next event of a name."""
        return _event(self._process.line(lambda line: (_event(line) or {}).get("event") == name)) or {}

    def go_on(self) -> None:
        """Let a script go on that waits for the test."""
        assert self._process.popen.stdin is not None
        self._process.popen.stdin.write("\n")

    def events(self) -> list[dict[str, Any]]:
        """All events, once the script has ended well."""
        status = self._process.ended()
        assert status == 0, self._process.output
        return [event for line in self._process.lines if (event := _event(line)) is not None]


def _event(line: str) -> dict[str, Any] | None:
    try:
        return dict(json.loads(line)) if line.startswith("{") else None
    except ValueError:
        return None


def run_script(name: str, **options: Any) -> list[dict[str, Any]]:
    """What a script reported, from its start to its end."""
    with NodeScript(name, **options) as script:
        return script.events()
