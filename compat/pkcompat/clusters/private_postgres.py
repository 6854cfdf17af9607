"""A PostgreSQL server for this project alone: for `--cluster dev`, the demo, and tests of faults."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pkcompat.clusters import keeper
from pkcompat.clusters.binaries import Binaries, PostgresError, ServerUser, find_binaries, server_user
from pkcompat.clusters.ports import LOOPBACK, free_port

SUPERUSER = "postgres"
_CONFIGURATION = "pkcompat.conf"
_START_TIMEOUT = 60.0  # seconds; a server that has crashed replays its log first
_STOP_TIMEOUT = 60.0
_PAUSE = 0.02  # seconds between two looks at whether the server is ready
_READY = ("ready", "standby")
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "autovacuum_naptime": "10s",
    "wal_level": "replica",
    "max_wal_senders": "4",
    "log_min_messages": "warning",
}

StopMode = Literal["fast", "immediate"]


class PrivatePostgres:
    """A server in a folder, on a free port of loopback, that does not outlive this process.

    It is not made to be reached by others: it listens on loopback, and asks for a password that lies in the
    folder. Where this process is root, the server runs as the user `postgres` or `nobody`, who owns the
    folder.

    Args:
        folder: where its data, its log and its password are; made if it is not there.
        fsync: whether committed data survives a power failure; without, it survives the end of the server.
        settings: further settings of PostgreSQL by name, such as `{"synchronous_commit": "off"}`.
        temporary: whether the folder goes at `close`, or when this process dies.

    Raises:
        PostgresError: there are no programs of PostgreSQL, or nobody who may run them here.
    """

    def __init__(
        self,
        folder: Path,
        *,
        fsync: bool = True,
        settings: Mapping[str, str] | None = None,
        temporary: bool = False,
    ) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.settings = {**_SETTINGS, **(settings or {})}
        if not fsync:
            self.settings |= {"fsync": "off", "full_page_writes": "off"}
        self._temporary = temporary
        self._user: ServerUser = server_user()
        self._binaries: Binaries = find_binaries(self._version_of_data())
        self._kept: _Kept | None = None
        self.port = 0
        self._make_folder()
        self._password = self._own_password()

    @property
    def running(self) -> bool:
        """Whether the server has been started, and has not ended since."""
        return self._kept is not None and self._kept.process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the server while it runs."""
        assert self._kept is not None, "not started"
        return self._kept.pid

    def dsn(
        self,
        database: str = "postgres",
        *,
        user: str = SUPERUSER,
        password: bool = True,
        port: int | None = None,
    ) -> str:
        """The connection string; without its password it can be shown, and `environment` has it.

        `port` is that of a proxy in front of the server.
        """
        secret = f":{self._password}" if password else ""
        return f"postgresql://{user}{secret}@{LOOPBACK}:{port or self.port}/{database}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which a client knows the password."""
        return {"PGPASSWORD": self._password}

    def start(self) -> None:
        """Start the server, and wait until it takes connections; its port stays the same ever after.

        Raises:
            PostgresError: it did not start; the message has the end of its log.
        """
        assert not self.running, "it runs"
        if not (self.data / "PG_VERSION").exists():
            self._initialize()
        self._end_a_stale_one()
        for _ in range(5):  # a port that is free now may be taken in a moment
            self.port = self.port or free_port()
            self._write_settings()
            begin = self.log.stat().st_size if self.log.exists() else 0
            self._kept = self._keep()
            if self._wait_until_ready():
                return
            said = self.log.read_bytes()[begin:].decode(errors="replace")
            if "could not bind" not in said:
                break
            self.port = 0
        raise PostgresError(f"PostgreSQL did not start; its log, {self.log}, ends with:", _tail(said))

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server if it runs, and wait until it has ended.

        Args:
            mode: `fast` ends connections and writes everything out; `immediate` is like a crash.
        """
        if self._kept is not None:
            self._kept.end("INT" if mode == "fast" else "QUIT")

    def kill(self) -> None:
        """End all of the server's processes as `kill -9` does, and wait until they are gone."""
        if self._kept is not None:
            self._kept.end("KILL")
            self._kept.wait_until_free()

    def pause(self) -> None:
        """Have the server stand still (SIGSTOP), with its connections open."""
        self._tell("STOP")

    def resume(self) -> None:
        """Let a server that was paused go on."""
        self._tell("CONT")

    def configure(self, **settings: str) -> None:
        """Change settings while the server runs; those that need a restart wait for one."""
        self.settings |= settings
        self._write_settings()
        self._tell("HUP")

    def standby(self, folder: Path, name: str = "standby") -> PrivatePostgres:
        """Copy this server, which runs, to one that follows it; it has to be started.

        Commits do not wait for it before `configure(synchronous_standby_names=name)`.

        Args:
            folder: the folder of the standby.
            name: what it calls itself.
        """
        other = PrivatePostgres(folder, settings=self.settings, temporary=self._temporary)
        other.settings.pop("synchronous_standby_names", None)
        other._password = self._password
        dsn = f"{self.dsn(password=False)}?application_name={name}"
        arguments = ("-D", str(other.data), "-R", "-X", "stream", "-c", "fast", "-d", dsn, "--no-sync")
        other._run("pg_basebackup", *arguments, **self.environment)
        return other

    def promote(self) -> None:
        """Make a standby a primary, and wait until it takes writes."""
        self._run("pg_ctl", "promote", "-w", "-D", str(self.data))

    def close(self) -> None:
        """Stop the server, and remove its folder if it is a temporary one."""
        self.stop()
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _tell(self, signal: str) -> None:
        assert self._kept is not None, "not started"
        self._kept.tell(signal)

    def _version_of_data(self) -> int | None:
        try:
            return int((self.data / "PG_VERSION").read_text(encoding="ascii"))
        except FileNotFoundError:
            return None

    def _make_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        if not self._user.is_other:
            return
        for place in (self.folder.parent, self._binaries.folder):
            if not self._user.may_enter(place):
                raise PostgresError(
                    f"PostgreSQL does not run as root, and the user {self._user.name} may not enter {place}; "
                    "start this as another user, or in a folder that others may enter"
                )
        os.chown(self.folder, self._user.uid, self._user.gid)

    def _own_password(self) -> str:
        file = self.folder / "password"
        with suppress(FileNotFoundError):
            return file.read_text(encoding="ascii")
        password = secrets.token_urlsafe(24)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(password)
        if self._user.is_other:
            os.chown(file, self._user.uid, self._user.gid)
        return password

    def _initialize(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # of an attempt that was cut off
        options = ("--auth=scram-sha-256", f"--pwfile={self.folder / 'password'}", "--no-locale", "--no-sync")
        self._run("initdb", "-D", str(self.data), "-U", SUPERUSER, "--encoding=UTF8", *options)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"include_if_exists '{_CONFIGURATION}'\n")

    def _write_settings(self) -> None:
        lines = [f"{name} = '{value}'\n" for name, value in {**self.settings, "port": self.port}.items()]
        file = self.data / _CONFIGURATION
        file.write_text("".join(lines), encoding="utf-8")
        if self._user.is_other:
            os.chown(file, self._user.uid, self._user.gid)

    def _end_a_stale_one(self) -> None:
        """Stop a server that was left in this folder by a keeper that was killed."""
        if (self.data / "postmaster.pid").exists():
            with suppress(PostgresError):
                self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.data))

    def _keep(self) -> _Kept:
        command = [sys.executable, "-I", "-S", keeper.__file__, str(self._user.uid), str(self._user.gid)]
        remove = str(self.folder) if self._temporary else ""
        server = [self._binaries.program("postgres"), "-D", str(self.data)]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*command, remove, *server],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd="/",
                env=_environment(),
                start_new_session=True,
            )
        assert process.stdout is not None
        with process.stdout as said:
            return _Kept(process, int(said.readline() or 0))

    def _wait_until_ready(self) -> bool:
        end = time.monotonic() + _START_TIMEOUT
        while self.running:
            with suppress(OSError):
                lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
                if len(lines) > 7 and lines[0] == str(self.pid) and lines[7].strip() in _READY:
                    return True
            if time.monotonic() > end:
                self.stop("immediate")
                return False
            time.sleep(_PAUSE)
        return False

    def _run(self, program: str, *arguments: str, **environment: str) -> None:
        as_other = {"user": self._user.uid, "group": self._user.gid} if self._user.is_other else {}
        done = subprocess.run(
            [self._binaries.program(program), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd="/",
            env={**_environment(), **environment},
            check=False,
            extra_groups=[] if as_other else None,
            user=as_other.get("user"),
            group=as_other.get("group"),
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).decode(errors="replace")
            raise PostgresError(f"{program} ended with exit status {done.returncode}:", _tail(said))


@dataclass(slots=True)
class _Kept:
    """A server that runs, and the process that keeps it (`keeper.py`)."""

    process: subprocess.Popen[bytes]
    pid: int
    children: list[int] = field(default_factory=list)

    def tell(self, signal: str) -> None:
        """Have a signal sent to the server."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(f"{signal}\n".encode())
            self.process.stdin.flush()

    def end(self, signal: str) -> None:
        """Send a signal that ends the server, and wait for the end."""
        if self.process.poll() is None:
            self.children = keeper.children(self.pid)
            self.tell(signal)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_STOP_TIMEOUT)
        if self.process.stdin is not None and not self.process.stdin.closed:
            with suppress(BrokenPipeError):
                self.process.stdin.close()
        self.process.wait()

    def wait_until_free(self) -> None:
        """Wait until no process of a server that was killed is left, for they hold its shared memory."""
        end = time.monotonic() + _STOP_TIMEOUT
        while any(map(_lives, self.children)) and time.monotonic() < end:
            time.sleep(_PAUSE)


@contextmanager
def private_postgres(
    folder: Path | None = None, *, fsync: bool = True, settings: Mapping[str, str] | None = None
) -> Iterator[PrivatePostgres]:
    """A server that runs while the context lasts; see `PrivatePostgres`.

    Args:
        folder: where its data is kept; by default in a temporary folder that goes with it.
        fsync: whether committed data survives a power failure.
        settings: further settings of PostgreSQL by name.
    """
    place = folder or Path(tempfile.mkdtemp(prefix="pkcompat-postgres-"))
    server = PrivatePostgres(place, fsync=fsync, settings=settings, temporary=folder is None)
    try:
        server.start()
        yield server
    finally:
        server.close()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with suppress(OSError):  # one that nobody has waited for is there, but holds nothing
        return " Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return True


def _environment() -> dict[str, str]:
    """This process's variables without those that libpq and the server go by."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _tail(text: str) -> str:
    return "\n".join(text.splitlines()[-15:])
