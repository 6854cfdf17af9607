"""Storage files for the tests of `pkcompat storage`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from partyserver import SqliteStorage
from partyserver.storage import Alarm, Changes, KeyRange, RoomKey, encode_value, until_committed
from pkcompat.command.app import app

VALUES: Mapping[str, Any] = {"count": 7, "image": bytes(range(256)), "tags": (1, {2}), "\x1b[31m": "\x1b[2J"}
ROOMS: Mapping[RoomKey, Changes] = {
    ("main", "lobby"): Changes(
        {key: encode_value(key, value) for key, value in VALUES.items()}, alarm=Alarm.at(4_000_000_000_000)
    ),
    ("main", "caf%C3%A9"): Changes({"topic": encode_value("topic", "tea")}),
    ("chat", "alarm alone"): Changes(alarm=Alarm(1_000, None, 6)),
}


def fill(path: Path, rooms: Mapping[RoomKey, Changes] = ROOMS) -> Path:
    """Make a storage file, or change rooms of one."""

    async def write() -> None:
        storage = SqliteStorage(path)
        for room, changes in rooms.items():
            storage.room(*room).apply(changes)
        await until_committed(storage)
        storage.close()

    asyncio.run(write())
    return path


def content(path: Path) -> dict[RoomKey, tuple[dict[str, bytes], Alarm | None]]:
    """All that a storage file holds."""
    storage = SqliteStorage(path)
    try:
        return {
            room: (dict(storage.room(*room).scan(KeyRange())), storage.room(*room).get_alarm())
            for room in storage.rooms()
        }
    finally:
        storage.close()


def storage(*arguments: object, given: str | bytes | None = None, status: int = 0) -> Result:
    """What `pkcompat storage` does."""
    done = CliRunner().invoke(app, ["storage", *map(str, arguments)], input=given)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == status, done.output
    return done
