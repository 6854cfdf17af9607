"""What the commands of `pkcompat storage` share: their options, and a store that is open while they work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from pkcompat.stores import Selection, Store

T = TypeVar("T")

INTERRUPTED = 130


class Format(StrEnum):
    """The output formats."""

    TEXT = "text"
    JSON = "json"


_PLACE = "A storage file, the folder that it is in (`.pkcompat/`), or postgresql://..."

StoreArgument = Annotated[str, typer.Argument(metavar="STORE", help=_PLACE, show_default=False)]
SourceArgument = Annotated[str, typer.Argument(metavar="SOURCE", help=_PLACE, show_default=False)]
TargetArgument = Annotated[
    str,
    typer.Argument(metavar="TARGET", help="The same, for where the rooms are to be.", show_default=False),
]
RoomArguments = Annotated[
    list[str] | None,
    typer.Argument(metavar="PARTY/ROOM", help="A room, such as `main/lobby`; can be repeated."),
]
PartyOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Only rooms of this party.", show_default=False)
]
PrefixOption = Annotated[str, typer.Option(metavar="TEXT", help="Only rooms whose id begins with this.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print it.")]
NamespaceOption = Annotated[
    str, typer.Option("--cluster-namespace", help="The schema that holds the cluster's tables.")
]


def selected(rooms: list[str] | None, party: str | None, prefix: str) -> Selection:
    """The rooms that a command line names.

    Raises:
        typer.BadParameter: it names rooms, and a party or a prefix as well.
    """
    from partyserver.paths import encode_room_id
    from pkcompat.stores import Selection, parse_rooms

    if rooms and (party is not None or prefix):
        raise typer.BadParameter(
            "name rooms, or a party and a prefix, not both", param_hint="--party" if party else "--prefix"
        )
    return Selection(parse_rooms(rooms or []), party, encode_room_id(prefix))


@asynccontextmanager
async def opened(place: str, namespace: str, *, must_exist: bool = True) -> AsyncIterator[Store]:
    """A store, which is closed in the end.

    Raises:
        StoreError: it cannot be used.
    """
    from pkcompat.stores import open_place

    store = await open_place(place, namespace, must_exist=must_exist)
    try:
        yield store
    finally:
        await store.close()


def run(work: Coroutine[Any, Any, T], after_interruption: Callable[[], str]) -> T:
    """Run what a command does.

    Args:
        work: what it does.
        after_interruption: says what is so after a Ctrl-C, as the rest of a sentence.
    """
    import asyncio

    with interruptible(after_interruption):
        return asyncio.run(work)


@contextmanager
def interruptible(after_interruption: Callable[[], str]) -> Iterator[None]:
    """Say what a Ctrl-C has left, and end the command.

    Args:
        after_interruption: says what is so after it, as the rest of a sentence.
    """
    try:
        yield
    except KeyboardInterrupt:
        from pkcompat.command.output import shown_text, stderr_console

        stderr_console().print(shown_text(f"interrupted: {after_interruption()}"))
        raise typer.Exit(INTERRUPTED) from None
