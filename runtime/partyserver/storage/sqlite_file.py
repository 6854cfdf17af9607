"""The file of `SqliteStorage`: opening it, its layout, its upgrades, and its errors explained."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from partyserver.exceptions import StorageFileError

APPLICATION_ID = 0x706B6370
"""`pkcp` in the file's header: whose file it is."""

LAYOUT_STEPS = (
    """
    CREATE TABLE entries (
        party TEXT NOT NULL, room TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY (party, room, key)
    ) WITHOUT ROWID;
    CREATE TABLE alarms (
        party TEXT NOT NULL, room TEXT NOT NULL, due INTEGER NOT NULL,
        PRIMARY KEY (party, room)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE alarms ADD COLUMN next_try INTEGER;
    ALTER TABLE alarms ADD COLUMN retries INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE alarms ADD COLUMN ringing INTEGER NOT NULL DEFAULT 0;
    UPDATE alarms SET next_try = due;
    """,
)
"""What makes a file of format n from one of format n - 1; the format is the file's `user_version`."""

FORMAT = len(LAYOUT_STEPS)
_FORMAT_WITHOUT_ID = 1
_TABLES_WITHOUT_ID = {"entries", "alarms"}

_EFFECTIVE = os.access in os.supports_effective_ids

# SQLite's names of errors, and what they mean to whoever runs the host.
_EXPLANATIONS = {
    "SQLITE_BUSY": "is in use; stop the process that uses it, or name another file",
    "SQLITE_LOCKED": "is in use; stop the process that uses it, or name another file",
    "SQLITE_NOTADB": "is no SQLite file; name another file",
    "SQLITE_CORRUPT": "is damaged; put a backup in its place, or save what can be read with "
    "`sqlite3 FILE .recover`",
    "SQLITE_FULL": "cannot grow: the disk is full; make room on it",
    "SQLITE_READONLY": "cannot be written to; this user needs write access to it and to its folder",
    "SQLITE_CANTOPEN": "cannot be opened; it must be a file, and this user needs write access to it and to "
    "its folder",
    "SQLITE_PERM": "cannot be opened; this user needs write access to it and to its folder",
    "SQLITE_IOERR": "cannot be read or written; look after the disk that it is on",
}


def open_file(path: Path) -> sqlite3.Connection:
    """Open a storage file, or make it and its folders; a file of an older format is upgraded.

    The connection that is returned is the only one to the file. It locks others out, since up to version
    3.51.2 SQLite can corrupt a write-ahead log that two connections reset (https://sqlite.org/wal.html). A
    commit hands its pages to the operating system; they are flushed to disk when the log is moved into the
    file.

    Raises:
        StorageFileError: the file cannot be opened, is no storage file, is damaged, or is in use.
    """
    try:
        os.fsencode(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not os.access(path, os.R_OK | os.W_OK, effective_ids=_EFFECTIVE):
            raise StorageFileError(f"{path} {_EXPLANATIONS['SQLITE_READONLY']}")
        # Absolute, as SQLite takes a name such as `:memory:` for something other than a file.
        database = sqlite3.connect(path.absolute(), isolation_level=None, timeout=0.5)
        try:
            _prepare(database, path)
        except BaseException:
            database.close()
            raise
    except sqlite3.Error as error:
        raise StorageFileError(f"{path} {explain(error)}") from error
    except OSError as error:
        raise StorageFileError(
            f"{path}: its folder cannot be made ({error.strerror or error}); name another file"
        ) from error
    except ValueError:  # a NUL, or half of a surrogate pair
        raise StorageFileError(f"{str(path)!r} is no path that a file can have; name another file") from None
    return database


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    found = _format(database, path)  # before anything is changed: the file may be another program's
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    steps = "".join(LAYOUT_STEPS[found:])
    database.executescript(
        f"BEGIN IMMEDIATE; {steps}"
        f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; COMMIT;"
    )


def _format(database: sqlite3.Connection, path: Path) -> int:
    """The file's format; 0 where it is empty."""
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (found,) = database.execute("PRAGMA user_version").fetchone()
    names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    without_id = (found, names) in [(0, set()), (_FORMAT_WITHOUT_ID, _TABLES_WITHOUT_ID)]
    if application != APPLICATION_ID and not (application == 0 and without_id):
        raise StorageFileError(f"{path} belongs to another program; name another file")
    if found > FORMAT:
        raise StorageFileError(
            f"{path} was written by a newer pkcompat (format {found}); install that, or name another file"
        )
    return int(found)


def log_path(path: Path) -> str:
    """The file's write-ahead log."""
    return os.path.realpath(path) + "-wal"


def explain(error: sqlite3.Error) -> str:
    """What is wrong with the file and what to do, as the rest of a sentence that begins with its name."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if str(error).startswith("Could not decode to UTF-8"):  # sqlite3's own error, which has no name
        name = "SQLITE_CORRUPT"
    for prefix, explanation in _EXPLANATIONS.items():
        if name.startswith(prefix):
            return f"{explanation} ({error})"
    return f"cannot be used: {error}"
