"""`pkcompat storage`: rooms' data, while no host serves it."""

from typing import Annotated

import typer

storage = typer.Typer(name="storage", no_args_is_help=True, rich_markup_mode="markdown")

INTERRUPTED = 130


@storage.callback()
def options() -> None:
    """Work on rooms' data in storage files and clusters, while no host serves it."""


@storage.command("copy")
def copy_rooms(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A storage file, the folder that it is in (`.pkcompat/`), or postgresql://...",
        ),
    ],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="The same, for where the rooms are to be.")],
    *,
    cluster_namespace: Annotated[
        str, typer.Option(help="The schema that holds the cluster's tables.")
    ] = "pkcompat",
) -> None:
    """Copy every room with its alarm from a storage file into a cluster, or back.

    Each room is copied as a whole. A copy that was interrupted goes on when it is run again. A target that
    holds other data of one of the rooms is refused before anything is written.

    For example: `pkcompat storage copy .pkcompat/ postgresql://app@db/rooms`
    """
    import asyncio

    from pkcompat.command.output import shown_text, stderr_console, stdout_console
    from pkcompat.command.progress import progress_bar
    from pkcompat.stores import Copied, copy, open_place

    copied = Copied()

    async def run() -> None:
        origin = await open_place(source, cluster_namespace)
        try:
            destination = await open_place(target, cluster_namespace, must_exist=False)
            try:
                with progress_bar(stderr_console(), "copying", "rooms") as bar:
                    await copy(origin, destination, copied, lambda: bar.advance(1))
            finally:
                await destination.close()
        finally:
            await origin.close()

    def summary() -> str:
        there = f"; {copied.there} were there already" if copied.there else ""
        return f"{copied.rooms} rooms copied, with {copied.entries} keys and {copied.alarms} alarms{there}"

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        stderr_console().print(shown_text(f"interrupted: {summary()}; run it again to go on"))
        raise typer.Exit(INTERRUPTED) from None
    stdout_console().print(shown_text(summary()))
