"""Lines that a migration makes too long are wrapped as Ruff does it."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import libcst as cst
import pytest
from tests.pkcodemods.checks import migrated

from pkcodemods import Settings
from pkcodemods.rewriting.line_wrapping import with_wrapped_lines

RUFF = Path(sys.executable).with_name("ruff")
FIXTURES = Path(__file__).parents[3] / "fixtures"

STATEMENTS = [
    "self.room.broadcast(message, without=[connection.id])",
    "await self.room.storage.put(key, {'count': 1, 'by': connection.id})",
    "await self.room.storage.put({'count': 1, **more}, 2, *rest, **options)",
    "found = await self.room.storage.list(prefix='a', limit=3)",
    "found = await self.room.context.parties['main'].get(other).fetch('/x', method='POST')",
    "return await self.room.context.parties['main'].get(other).fetch('/x', method='POST')",
    "return self.room.get_connection(first) is not None and self.room.get_connection(second) is not None",
    "return self.room.get_connection(first) if first else self.room.get_connection(second)",
    "return [peer.id for peer in self.room.get_connections() if peer.id != connection.id]",
    "return {peer.id: peer for peer in self.room.get_connections()}",
    "return self.room.get_connections_of_this_kind_in_this_room",
    "names: list[str] = sorted(peer.id for peer in self.room.get_connections())",
    "total += len(self.room.get_connections()) + len(self.waiting_connections)",
    "total = base + rate * len(self.room.get_connections()) - len(waiting) * 2",
    "count = len(self.room.get_connections()) + self.connections_before",
    "first, second = self.room.get_connection(first), self.room.get_connection(second)",
    "connection.send(json.dumps({'type': 'joined', 'id': connection.id}))",
    "connection.send(f'{connection.id} may not enter {self.room.id}')",
    "connection.send('There are ' + str(len(self.room.get_connections())) + ' people')",
    "connection.add_event_listener('close', lambda event: self.room.broadcast(event.reason))",
    "self.state = self.room.get_connection(target).state.position",
    "self.peers[connection.id] = self.room.get_connection(connection.id)",
    "raise PermissionError(f'{connection.id} may not enter {self.room.id}')",
    "assert len(self.room.get_connections()) == len(self.connections_before)",
    "if self.room.get_connection(target) is not None:\n    pass",
    "if target in {peer.id for peer in self.room.get_connections()}:\n    pass",
    "if a:\n    pass\nelif not self.room.get_connection(target, other_target_of_it):\n    pass",
    "while len(self.room.get_connections()) < self.needed and not self.closed:\n    pass",
    "for peer in sorted(self.room.get_connections(), key=lambda peer: peer.id):\n    pass",
    "async with self.locks.setdefault(self.room.id, asyncio.Lock()) as lock:\n    pass",
    "def on_message(self, message: str | bytes, connection: Connection) -> None:\n    pass",
    "async def on_close(self, connection, *rest, key=None, **options):\n    pass",
    "class Chat(PartyServer, Generic[Message], metaclass=RoomMeta):\n    pass",
]


def ruff_formatted(source: str, width: int) -> str:
    """What Ruff makes of a source."""
    command = [RUFF, "format", "--isolated", "--line-length", str(width), "-"]
    return subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout


def wrapped(source: str, width: int, before: str = "") -> str:
    """A source with its statements wrapped, none of which stood there before."""
    return with_wrapped_lines(cst.parse_module(source), cst.parse_module(before), width).code


def all_statements(depth: int) -> str:
    """The statements in functions at some depth."""
    body = "\n".join(STATEMENTS).replace("'", '"')
    source = f"async def f():\n{textwrap.indent(body, '    ')}\n"
    for _ in range(depth):
        source = f"if x:\n{textwrap.indent(source, '    ')}"
    return source


@pytest.mark.skipif(not RUFF.exists(), reason="Ruff is not installed")
@pytest.mark.parametrize("depth", [0, 1, 3])
@pytest.mark.parametrize("width", [60, 72, 80, 88])
def test_every_shape_is_wrapped_as_ruff_does(depth: int, width: int) -> None:
    spread = ruff_formatted(all_statements(depth), 400)
    ours = wrapped(spread, width)
    theirs = ruff_formatted(ours, width)
    assert ours == theirs
    assert wrapped(ours, width) == ours


def format_folder(folder: Path, width: int) -> None:
    """Have Ruff format every file of a folder."""
    command = [RUFF, "format", "--isolated", "--quiet", "--line-length", str(width), str(folder)]
    subprocess.run(command, check=True)


@pytest.mark.skipif(not RUFF.exists(), reason="Ruff is not installed")
def test_a_formatted_application_is_formatted_when_it_is_migrated(tmp_path: Path) -> None:
    width = 88
    folders = ("applications/object_form", "object_form", "connection_flows")
    for folder in folders:
        for path in (FIXTURES / folder).glob("*.py"):
            (tmp_path / f"{path.parent.name}_{path.name}").write_bytes(path.read_bytes())
    format_folder(tmp_path, width)
    written = {}
    for path in sorted(tmp_path.glob("*.py")):
        source = path.read_text(encoding="utf-8")
        written[path] = migrated(source, settings=Settings(line_length=width)).code
        path.write_text(written[path], encoding="utf-8")
    format_folder(tmp_path, width)
    unstable = [path.name for path, code in written.items() if path.read_text(encoding="utf-8") != code]
    assert len(unstable) <= len(written) // 20, unstable


PARTY = """
def on_message(message, connection, room):
    {}


default = {{"onMessage": on_message}}
"""


def body_of(line: str, width: int = 60) -> str:
    """What a statement of a handler becomes."""
    code = migrated(PARTY.format(line), settings=Settings(line_length=width)).code
    body = re.split(r"connection\s*\):\n", code)[1]
    return textwrap.dedent(body.partition("\n\n\ndefault")[0])


def test_a_line_that_fitted_is_wrapped() -> None:
    line = "connection.send(room.id + message + message)"
    assert body_of(line) == "connection.send(self.room.id + message + message)"
    assert body_of(line, 56) == "connection.send(\n    self.room.id + message + message\n)"


def test_a_line_that_only_moved_is_wrapped() -> None:
    line = "connection.send('a' + message + message)"
    assert body_of(line, 44) == "connection.send(\n    'a' + message + message\n)"


def test_a_line_that_was_too_long_before_stays() -> None:
    line = "connection.send(room.id + message + message + message + message)"
    assert body_of(line) == line.replace("room", "self.room")


@pytest.mark.parametrize(
    "line",
    [
        "connection.send(room.id + message)  # type: ignore[arg-type]",
        "connection.send(room.id + message)  # noqa: PARTY001 for now",
        "connection.send(room.id, message)  # fmt: skip",
        'connection.send("""a\n    b""" + room.id + message + message)',
        "connection.send(room.id +  # the room\n        message + message)",
    ],
)
def test_lines_with_comments_inside_or_to_tools_stay(line: str) -> None:
    assert body_of(line, 44).split() == line.replace("room.id", "self.room.id").split()


def test_what_nobody_changed_stays() -> None:
    source = (
        "def f(a):\n    return call(a,\n                b)\n\n\nx = [aaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbb]\n"
    )
    assert wrapped(source, 30, before=source) == source


def test_what_no_formatter_is_to_touch_stays() -> None:
    line = "send(aaaaaaaaaaaaaaaa, bbbbbbbbbbbbb)\n"
    source = f"# fmt: off\n{line}# fmt: on\n{line}"
    expected = source.rpartition("send(")[0] + "send(\n    aaaaaaaaaaaaaaaa, bbbbbbbbbbbbb\n)\n"
    assert wrapped(source, 36) == expected


def test_tabs_and_line_ends_stay() -> None:
    source = "def f():\r\n\tsend(aaaaaaaaaaaaaaaa, bbbbbbbbbbbbb)\r\n"
    expected = "def f():\r\n\tsend(\r\n\t\taaaaaaaaaaaaaaaa, bbbbbbbbbbbbb\r\n\t)\r\n"
    assert wrapped(source, 40) == expected


def test_a_changed_statement_that_fits_again_is_joined_where_the_module_is_formatted() -> None:
    source = PARTY.format("found = room.getConnections()").replace(
        "def on_message(message, connection, room):",
        "async def on_message(\n    message, connection, room\n):",
    )
    code = migrated(source, settings=Settings(line_length=41)).code
    assert "    async def on_message(\n        self, message, connection\n    ):\n" in code
    code = migrated(source, settings=Settings(line_length=60)).code
    assert "    async def on_message(\n        self, message, connection\n    ):\n" in code


def test_a_definition_on_one_line_gets_lines_of_its_own() -> None:
    source = "def f(a, b): send(aaaaaaaaaaaaaa); send(bbbbbbbbbbb)\n"
    assert wrapped(source, 40) == "def f(a, b):\n    send(aaaaaaaaaaaaaa)\n    send(bbbbbbbbbbb)\n"
    assert (
        wrapped("def f(aaaaaaaa, bbbbbbbbbb, c): ...\n", 30)
        == "def f(\n    aaaaaaaa, bbbbbbbbbb, c\n): ...\n"
    )
