"""`pkcompat storage`: rooms' data, while no host serves it."""

import typer

from pkcompat.command.examples import examples
from pkcompat.command.storage_reading import export_rooms, list_rooms, show_room
from pkcompat.command.storage_writing import copy_rooms, delete, import_lines

storage = typer.Typer(name="storage", no_args_is_help=True, rich_markup_mode="markdown")


@storage.callback()
def options() -> None:
    """Work on rooms' data in storage files and clusters, while no host serves it."""


storage.command("list", epilog=examples("storage list"))(list_rooms)
storage.command("show", epilog=examples("storage show"))(show_room)
storage.command("export", epilog=examples("storage export"))(export_rooms)
storage.command("import", epilog=examples("storage import"))(import_lines)
storage.command("delete", epilog=examples("storage delete"))(delete)
storage.command("copy", epilog=examples("storage copy"))(copy_rooms)
