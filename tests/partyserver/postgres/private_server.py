"""A PostgreSQL that a test has for itself: a folder, a process, a port of loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_FOUND = shutil.which("initdb"), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")))
BINARIES = next((Path(path).resolve().parent for path in _FOUND if path), None)
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "max_connections": "100",
    "shared_buffers": "'32MB'",
    "autovacuum": "off",
}


@dataclass
class PrivateServer:
    """A PostgreSQL of its own; anybody on this machine is its superuser `postgres`."""

    folder: Path
    port: int

    def dsn(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        log, options = self.folder / "log", f"-p {self.port}"
        _run("pg_ctl", "start", "-w", "-D", str(self.folder / "data"), "-l", str(log), "-o", options)

    def stop(self, mode: str = "immediate") -> None:
        _run("pg_ctl", "stop", "-w", "-D", str(self.folder / "data"), "-m", mode)


@contextmanager
def running() -> Iterator[PrivateServer]:
    """A server that runs until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        _run("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in _SETTINGS.items())
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        server = PrivateServer(folder, port)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _run(program: str, *arguments: str) -> None:
    assert BINARIES is not None
    command = [str(BINARIES / program), *arguments]
    if os.getuid() == 0:
        user = ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
        command = ["setpriv", *user, *command]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd="/")
