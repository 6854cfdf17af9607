"""`pkcompat storage list`, `show` and `export`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pkcompat.command.storage_options import (
    Format,
    FormatOption,
    NamespaceOption,
    PartyOption,
    PrefixOption,
    RoomArguments,
    SourceArgument,
    StoreArgument,
    opened,
    run,
    selected,
)

if TYPE_CHECKING:
    from pkcompat.stores import Lines, Selection


def _unchanged() -> str:
    return "nothing was changed"


def list_rooms(
    store: StoreArgument,
    party: PartyOption = None,
    prefix: PrefixOption = "",
    output_format: FormatOption = Format.TEXT,
    cluster_namespace: NamespaceOption = "pkcompat",
) -> None:
    """List the rooms that hold something: how many keys and bytes, and when the alarm rings."""
    from pkcompat.command.storage_output import rooms_as_json, show_rooms
    from pkcompat.stores import RoomSize

    async def read() -> list[tuple[tuple[str, str], RoomSize]]:
        selection = selected(None, party, prefix)
        async with opened(store, cluster_namespace) as place:
            return [(room, await place.size(room)) async for room in selection.of(place)]

    rooms = run(read(), _unchanged)
    if output_format is Format.JSON:
        typer.echo(rooms_as_json(rooms))
    else:
        show_rooms(rooms)


def show_room(
    store: StoreArgument,
    room: Annotated[str, typer.Argument(metavar="PARTY/ROOM", help="The room, such as `main/lobby`.")],
    key: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Only this key, and its whole value; can be repeated."),
    ] = None,
    prefix: Annotated[str, typer.Option(metavar="TEXT", help="Only keys that begin with this.")] = "",
    limit: Annotated[int, typer.Option(metavar="NUMBER", min=1, help="How many keys at most.")] = 100,
    output_format: FormatOption = Format.TEXT,
    cluster_namespace: NamespaceOption = "pkcompat",
) -> None:
    """Show what a room holds: its keys, the values as Python writes them, and its alarm.

    Long values are cut; `--key` shows one as a whole, and `--format json` shows each as `export` writes it.
    """
    from pkcompat.command.storage_output import ShownRoom, show_content, show_lines
    from pkcompat.stores import RoomContent, StoreError, found, parse_rooms

    (name,) = parse_rooms([room])

    async def read() -> tuple[tuple[str, str], RoomContent]:
        async with opened(store, cluster_namespace) as place:
            there = await found(place, name)
            return there, await place.read(there)

    stored, content = run(read(), _unchanged)
    if missing := [each for each in key or () if each not in content.entries]:
        raise StoreError(f"{room} has no key {missing[0]!r}; leave --key out to see its keys")
    chosen = [
        each for each in sorted(content.entries) if each.startswith(prefix) and (not key or each in key)
    ]
    shown = ShownRoom(stored, content, chosen[:limit], len(chosen), whole=bool(key))
    if output_format is Format.JSON:
        show_lines(shown)
    else:
        show_content(shown)


def export_rooms(
    source: SourceArgument,
    room: RoomArguments = None,
    party: PartyOption = None,
    prefix: PrefixOption = "",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The file to write, whole or not at all. [default: standard output]",
            show_default=False,
        ),
    ] = None,
    cluster_namespace: NamespaceOption = "pkcompat",
) -> None:
    """Write rooms as JSON Lines, a key a line, for `import`: all of them, those of a party, or those named.

    Values keep their types: what JSON has not is an object such as `{"$bytes": "AAE="}`, with `$int`,
    `$float`, `$datetime`, `$tuple`, `$set` and `$dict` beside it.
    """
    import sys

    from pkcompat.command.output import shown_path, stderr_console
    from pkcompat.command.storage_output import counted
    from pkcompat.project import open_document
    from pkcompat.stores import StoreError, file_of

    selection = selected(room, party, prefix)
    if output is not None and _is_part_of(output, file_of(source)):
        raise StoreError(f"{shown_path(output)} is the storage file itself; name another file")
    file = nullcontext(sys.stdout.buffer) if output is None else open_document(output)
    try:
        with file as stream:
            lines = run(_export(source, cluster_namespace, selection, stream.write), _unchanged)
    except OSError as error:
        if output is None:
            raise  # who reads has enough, or the disk is full
        raise StoreError(f"{shown_path(output)}: {error.strerror}; nothing was exported") from None
    if output is not None:
        summary = f"{counted(lines.rooms, lines.keys, lines.alarms, 'exported')} to {shown_path(output)}"
        stderr_console().print(summary, soft_wrap=True, markup=False)


async def _export(
    source: str, namespace: str, selection: Selection, write: Callable[[bytes], object]
) -> Lines:
    from pkcompat.stores import Lines

    lines = Lines()
    async with opened(source, namespace) as place:
        rooms = [room async for room in selection.of(place)]  # before a room that is named wrong is found
        write(lines.first().encode())
        for room in rooms:
            for line in lines.room(room, await place.read(room)):
                write(line.encode())
        write(lines.last().encode())
    return lines


def _is_part_of(output: Path, store: Path | None) -> bool:
    if store is None:
        return False
    return any(_is_same(output, part) for part in (store, Path(f"{store}-wal"), Path(f"{store}-shm")))


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there, or cannot be seen
        return False
