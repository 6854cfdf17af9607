"""`pkcompat storage import`, `delete` and `copy`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pkcompat.command.exit_status import WRONG_USE
from pkcompat.command.storage_options import (
    NamespaceOption,
    PartyOption,
    PrefixOption,
    RoomArguments,
    SourceArgument,
    StoreArgument,
    TargetArgument,
    interruptible,
    opened,
    run,
    selected,
)

if TYPE_CHECKING:
    from partyserver.storage import RoomKey
    from pkcompat.stores import Imported, RoomContent, Selection

_SHOWN = 10


def import_lines(
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help="A storage file (made if there is none), its folder (`.pkcompat/`), or postgresql://...",
            show_default=False,
        ),
    ],
    file: Annotated[
        Path,
        typer.Argument(metavar="[FILE]", help="What `export` wrote; `-` is standard input.", allow_dash=True),
    ] = Path("-"),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what rooms of the file hold in the target.")
    ] = False,
    cluster_namespace: NamespaceOption = "pkcompat",
) -> None:
    """Put rooms into a store that `export` wrote: all of them, in one transaction, or none.

    A room that holds something else there is refused, unless it is to be overwritten as a whole; rooms that
    are not in the file stay. A line that is broken is named by its number.
    """
    from pkcompat.command.output import stdout_console
    from pkcompat.command.storage_output import counted
    from pkcompat.stores import import_rooms

    with interruptible(lambda: "nothing was imported"):
        contents = _read(file)

    async def work() -> Imported:
        async with opened(target, cluster_namespace, must_exist=False) as place:
            return await import_rooms(place, contents, overwrite=overwrite)

    done = run(work(), lambda: "all was imported, or nothing; run it again")
    there = f"; {done.there} were there already" if done.there else ""
    summary = counted(done.rooms, done.keys, done.alarms, "imported") + there
    stdout_console().print(summary, markup=False)


def _read(file: Path) -> dict[RoomKey, RoomContent]:
    import sys

    from pkcompat.command.output import shown_path, shown_text
    from pkcompat.stores import StoreError, read_lines

    if str(file) == "-":
        return read_lines(sys.stdin.buffer, "standard input")
    try:
        with file.open("rb") as lines:
            return read_lines(lines, shown_path(file))
    except OSError as error:
        raise StoreError(f"{shown_path(file)}: {shown_text(error.strerror or str(error))}") from None


def delete(
    store: StoreArgument,
    room: RoomArguments = None,
    party: PartyOption = None,
    prefix: PrefixOption = "",
    key: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Delete only this key of the room; can be repeated."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    cluster_namespace: NamespaceOption = "pkcompat",
) -> None:
    """Delete what rooms hold, their alarms too, after asking: rooms that are named, or those of a party."""
    from pkcompat.command.output import amount, stdout_console
    from pkcompat.command.storage_output import counted

    if not room and party is None and not prefix:
        raise typer.BadParameter("name a room, or --party or --prefix", param_hint="PARTY/ROOM")
    if key and len(room or ()) != 1:
        raise typer.BadParameter("deletes keys of one room; name it", param_hint="--key")
    console = stdout_console()
    selection = selected(room, party, prefix)
    doomed = run(_doomed(store, cluster_namespace, selection, key), lambda: "nothing was deleted")
    if not doomed.rooms:
        console.print("no room holds anything that would be deleted", markup=False)
        return
    if not yes:
        _ask(doomed.question)
    run(_delete(store, cluster_namespace, doomed), lambda: "all was deleted, or nothing; run it again")
    if doomed.keys:
        console.print(f"{amount(len(doomed.keys), 'key')} deleted", markup=False)
    else:
        console.print(counted(len(doomed.rooms), doomed.entries, doomed.alarms, "deleted"), markup=False)


@dataclass(slots=True)
class _Doomed:
    """What is going to be deleted.

    Attributes:
        rooms: the rooms, as the store has them.
        keys: only these keys of the one room; everything where there are none.
        entries: how many keys they have.
        alarms: how many of them have an alarm.
    """

    rooms: list[RoomKey] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    entries: int = 0
    alarms: int = 0

    @property
    def question(self) -> str:
        """What to ask before."""
        from pkcompat.command.output import amount, shown_text

        names = ", ".join("/".join(room) for room in self.rooms[:_SHOWN])
        more = f" and {len(self.rooms) - _SHOWN} more" if len(self.rooms) > _SHOWN else ""
        if self.keys:
            return shown_text(f"delete {', '.join(map(repr, self.keys))} of {names}?")
        sums = [amount(len(self.rooms), "room"), amount(self.entries, "key")]
        if self.alarms:
            sums.append(amount(self.alarms, "alarm"))
        return shown_text(f"delete {names}{more}: {', '.join(sums)}?")


async def _doomed(place: str, namespace: str, selection: Selection, keys: list[str] | None) -> _Doomed:
    found = _Doomed(keys=list(dict.fromkeys(keys or ())))
    async with opened(place, namespace) as store:
        async for room in selection.of(store):
            size = await store.size(room)
            found.rooms.append(room)
            found.entries += size.keys
            found.alarms += size.alarm is not None
    return found


async def _delete(place: str, namespace: str, doomed: _Doomed) -> None:
    from pkcompat.stores import delete_keys, delete_rooms

    async with opened(place, namespace) as store:
        if doomed.keys:
            await delete_keys(store, doomed.rooms[0], doomed.keys)
        else:
            await delete_rooms(store, doomed.rooms)


def _ask(question: str) -> None:
    """Go on only if the answer is yes.

    Raises:
        typer.Exit: it is no, or nobody is there to answer.
    """
    from pkcompat.command.output import show_error

    try:
        agreed = typer.confirm(question, err=True)
    except typer.Abort:  # Ctrl-C, or the end of the input
        typer.echo(err=True)
        show_error("nothing was deleted: there was no answer; --yes deletes without asking")
        raise typer.Exit(WRONG_USE) from None
    if not agreed:
        show_error("nothing was deleted")
        raise typer.Exit(WRONG_USE)


def copy_rooms(
    source: SourceArgument,
    target: TargetArgument,
    cluster_namespace: NamespaceOption = "pkcompat",
) -> None:
    """Copy every room with its alarm from a storage file into a cluster, or back.

    Each room is copied as a whole. A copy that was interrupted goes on when it is run again. A target that
    holds other data of one of the rooms is refused before anything is written.
    """
    from pkcompat.command.output import stderr_console, stdout_console
    from pkcompat.command.progress import progress_bar
    from pkcompat.command.storage_output import counted
    from pkcompat.stores import Copied, copy

    copied = Copied()

    async def work() -> None:
        async with (
            opened(source, cluster_namespace) as origin,
            opened(target, cluster_namespace, must_exist=False) as destination,
        ):
            with progress_bar(stderr_console(), "copying", "rooms") as bar:
                await copy(origin, destination, copied, lambda: bar.advance(1))

    def summary() -> str:
        there = f"; {copied.there} were there already" if copied.there else ""
        return counted(copied.rooms, copied.entries, copied.alarms, "copied") + there

    run(work(), lambda: f"{summary()}; run it again to go on")
    stdout_console().print(summary(), markup=False)
