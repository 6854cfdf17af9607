"""The consoles: nothing that they print gives a terminal orders."""

import io

import pytest
from rich.table import Table
from rich.text import Text

from pkcompat.command.output import stdout_console


def test_a_console_gives_a_terminal_no_orders_of_what_it_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    monkeypatch.setattr("sys.stdout", file)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    evil = "a\x1b[2J\x9bb\u202ec\n\td"
    console = stdout_console()
    console.print(Text(evil, style="bold"), soft_wrap=True)
    console.print(evil, markup=False)
    table = Table()
    table.add_row(evil)
    console.print(table)
    text = file.getvalue()
    assert text.startswith("\x1b[1ma\\x1b[2J\\x9bb\\u202ec\x1b[0m\n")
    assert "\x1b[2J" not in text
    assert not {"\x9b", "\u202e"} & set(text)
