"""Every table of a command: on a narrow terminal nothing is cut; elsewhere there are no escape sequences."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.mirror import ROOT
from tests.pkcompat.command.fake_terminal import terminal
from tests.pkcompat.command.storage_files import fill, storage
from typer.main import get_command
from typer.testing import CliRunner

from partyserver.storage import Alarm, Changes, encode_value
from pkcompat.command.app import app

LONG_ROOM = "a-room-with-a-name-" * 5
LONG_KEY = "key-" * 20
Table = tuple[list[str], dict[str, str]]
"""A command, and the cells of the only row that it prints, by heading."""


def scan(folder: Path) -> Table:
    path = folder / "a_folder_of_parties" / "with_quite_a_long_name" / "party_module.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "def on_connect(connection, room): ...\n\n\ndef on_message(message, connection, room): ...\n\n\n"
        "def on_request(request, room): ...\n\n\na_party_of_many_words = {\n    'onConnect': on_connect,\n"
        "    'onMessage': on_message,\n    'onRequest': on_request,\n}\n"
    )
    handlers = "on_connect, on_message, on_request"
    row = (str(path), "a_party_of_many_words", "dict", handlers, "rewritten")
    return ["scan", str(path)], dict(
        zip(("module", "party", "form", "handlers", "outcome"), row, strict=True)
    )


def storage_list(folder: Path) -> Table:
    values = {f"k{number}": encode_value("k", b"x" * 100_000) for number in range(12)}
    file = fill(folder / "f", {("main", LONG_ROOM): Changes(values, alarm=Alarm(1_000, None, 6))})
    (room,) = json.loads(storage("list", file, "--format", "json").stdout)
    row = {"room": f"main/{LONG_ROOM}", "keys": "12", "bytes": f"{room['bytes']:,}"}
    return ["storage", "list", str(file)], row | {"alarm": "1970-01-01 00:00:01 UTC, ran out of tries"}


def storage_show(folder: Path) -> Table:
    value = {"text": "word " * 14, "list": [*range(8)]}
    encoded = encode_value(LONG_KEY, value)
    file = fill(folder / "f", {("main", "r"): Changes({LONG_KEY: encoded})})
    row = {"key": LONG_KEY, "bytes": str(len(encoded)), "value": repr(value)}
    return ["storage", "show", str(file), "main/r"], row


TABLES: dict[str, Callable[[Path], Table]] = {
    "scan_output.py": scan,
    "storage_output.py: show_rooms": storage_list,
    "storage_output.py: show_content": storage_show,
}
ENVIRONMENTS: list[dict[str, str]] = [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}]


def cells(shown: str, headings: list[str]) -> dict[str, str]:
    """The cells of a table of one row, put together from the lines that they were folded to.

    Columns are told apart by the places that are blank in every line.
    """
    lines = shown.splitlines()
    rule = next(number for number, line in enumerate(lines) if "──" in line)
    end = next(number for number, line in enumerate(lines[rule:], rule) if not line.strip())
    rows = [lines[rule - 1], *lines[rule + 1 : end]]
    width = max(map(len, rows))
    ink = "".join(" " if all(row.ljust(width)[at] == " " for row in rows) else "x" for at in range(width))
    pieces = [match.span() for match in re.finditer(r"x+", ink)]
    named = [piece for piece in pieces if rows[0].ljust(width)[slice(*piece)].strip()]
    starts = [begin for begin, _ in named] + [width]
    found = {}
    for heading, begin, following in zip(headings, starts, starts[1:], strict=False):
        column = [row.ljust(width)[begin:following].strip() for row in rows]
        assert column[0] == heading
        found[heading] = "".join(column[1:])
    return found


def squeezed(row: dict[str, str]) -> dict[str, str]:
    return {heading: "".join(cell.split()) for heading, cell in row.items()}


def run(command: list[str]) -> None:
    main: Any = get_command(app)
    main.main(command, prog_name="pkcompat", standalone_mode=False)


@pytest.mark.parametrize("env", ENVIRONMENTS, ids=["colours", "no colours", "dumb"])
@pytest.mark.parametrize("columns", [60, 100])
@pytest.mark.parametrize("table", TABLES.values())
def test_a_table_on_a_terminal_folds_what_it_has_no_room_for(
    table: Callable[[Path], Table],
    columns: int,
    env: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command, row = table(tmp_path)
    screen = terminal(monkeypatch, columns, **env)
    run(command)
    in_table = [line for line in screen.text.splitlines() if "…" in line or len(line) > columns]
    assert in_table == []
    assert squeezed(cells(screen.text, list(row))) == squeezed(row)
    assert ("\x1b" in screen.getvalue()) == (not env)


@pytest.mark.parametrize("table", TABLES.values())
def test_a_table_in_a_pipe_has_a_line_for_each_row(table: Callable[[Path], Table], tmp_path: Path) -> None:
    command, row = table(tmp_path)
    shown = CliRunner().invoke(app, command, env={"COLUMNS": "60"}).stdout
    assert "\x1b" not in shown
    assert cells(shown, list(row)) == row


def test_every_table_is_tried_here() -> None:
    folder = ROOT / "compat" / "pkcompat" / "command"
    with_tables = {file.name for file in folder.glob("*.py") if "Table(" in file.read_text(encoding="utf-8")}
    assert with_tables == {name.split(":")[0] for name in TABLES}
