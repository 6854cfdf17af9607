"""The table of PartyKit's API: each call works in both forms, and each recording named shows it."""

from __future__ import annotations

import json
import re
import textwrap
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.mirror import ROOT
from tests.partyserver.in_process import AsgiSocket, Server, until

from partyserver import Assets, PartyServer, Request, Response
from pkcompat import legacy_to_class

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PAGE = (ROOT / "docs" / "reference" / "partykit-api.md").read_text(encoding="utf-8")
RECORDINGS = ROOT / "fixtures" / "recordings"
COLUMNS = "| PartyKit | object form | class form | Recordings |"
OBJECT_FORM, CLASS_FORM = "object form", "class form"

_WORD = re.compile(r"[A-Za-z_]\w*")
_TOO_COMMON = {
    "await",
    "ctx",
    "get",
    "new",
    "request",
    "return",
    "room",
    "connection",
    "socket",
    "lobby",
    "cron",
    "URL",
}


@dataclass(frozen=True)
class Place:
    """Where a section's calls are made: in which handler, and how a client makes it run."""

    handler: str
    object_form: str
    class_form: str
    reach: Callable[[Server], Awaitable[object]]

    def offered(self, form: str) -> str:
        return self.object_form if form == OBJECT_FORM else self.class_form


async def _ask(server: Server) -> None:
    await server.http("POST", "/party/room?q=1", json={"n": 1}, headers={"x-user": "anna"})


async def _open(server: Server) -> None:
    await AsgiSocket(server.host, "/edge").leave()


async def _run_cron(server: Server) -> None:
    await server.http("GET", "/__scheduled__?cron=tick")


async def _connect(server: Server) -> None:
    await server.connect("anna")


_IN_ROOM = Place("on_connect", "connection, room, ctx", "self, connection, ctx", _connect)
PLACES: Mapping[str, Place] = {
    "The room": _IN_ROOM,
    "A connection": _IN_ROOM,
    "Storage": _IN_ROOM,
    "Other rooms, and files": _IN_ROOM,
    "Requests": Place("on_request", "request, room", "self, request", _ask),
    "Hooks": Place("on_before_request", "request, lobby, ctx", "request, lobby, ctx", _ask),
    "Sockets outside of rooms": Place("on_socket", "socket, lobby, ctx", "socket, lobby, ctx", _open),
    "Crons": Place("on_cron", "cron, lobby, ctx", "cron, lobby, ctx", _run_cron),
}


@dataclass(frozen=True)
class Row:
    section: str
    javascript: str
    object_form: str
    class_form: str
    recordings: Sequence[str]

    def __str__(self) -> str:
        return f"{self.section}: {self.object_form or self.class_form}"

    def call(self, form: str) -> str:
        return self.object_form if form == OBJECT_FORM else self.class_form


def rows() -> list[Row]:
    found, section, inside = [], "", False
    for line in PAGE.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        inside = line == COLUMNS or (inside and line.startswith("|"))
        if inside and line != COLUMNS and not line.startswith("| ---"):
            javascript, old, new, recordings = (cell.strip() for cell in line.strip("|").split(" | "))
            found.append(Row(section, javascript, _code(old), _code(new), re.findall(r"`(\w+)`", recordings)))
    return found


def _code(cell: str) -> str:
    match = re.fullmatch("`([^`]+)`", cell)
    assert match is not None, f"{cell} is no code"
    return match[1]


ROWS = rows()


def test_the_page_has_the_whole_api() -> None:
    assert len(ROWS) > 60
    assert {row.section for row in ROWS} == set(PLACES)


def test_every_recording_is_shown_somewhere() -> None:
    named = set(re.findall(r"`(\w+)`", "".join(line for line in PAGE.splitlines() if line.startswith("|"))))
    from docs.tables.partykit_api import SHOWN_BY

    named.update(*(recordings.split() for recordings in SHOWN_BY.values()))
    assert {file.stem for file in RECORDINGS.glob("*.json")} - named == {"no_handlers"}  # which calls nothing


@pytest.mark.parametrize("row", [row for row in ROWS if row.recordings], ids=str)
def test_the_recordings_of_a_call_have_it(row: Row) -> None:
    words = _WORD.findall(re.sub(r'"[^"]*"|\{[^}]*\}', "", row.javascript))
    wanted = [word for word in words if word not in _TOO_COMMON] or words
    for name in row.recordings:
        used = set(_WORD.findall(json.loads((RECORDINGS / f"{name}.json").read_text())["javascript"]))
        assert used & set(wanted), f"{name} has none of {wanted}"


def test_the_recordings_of_a_handler_have_it() -> None:
    from docs.tables.partykit_api import SHOWN_BY

    for handler, recordings in SHOWN_BY.items():
        for name in recordings.split():
            assert handler in json.loads((RECORDINGS / f"{name}.json").read_text())["javascript"]


@pytest.mark.parametrize("form", [OBJECT_FORM, CLASS_FORM])
@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_a_call_works(row: Row, form: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("hello")
    place = PLACES[row.section]
    ended: list[BaseException | None] = []
    party = _party(place.handler, place.offered(form), row.call(form), form, ended)
    server = Server(
        party,
        Chat,
        env={"GREETING": "hi"},
        static=Assets(tmp_path),
        crons={"tick": "*/5 * * * *"},
        cron_requests="anyone",
    )
    async with server.host.lifespan():
        await place.reach(server)
        await until(lambda: bool(ended))
    if ended != [None]:
        raise AssertionError(row.call(form)) from ended[0]


def _party(
    handler: str, offered: str, call: str, form: str, ended: list[BaseException | None]
) -> type[PartyServer]:
    """A party whose handler makes the call."""
    source = textwrap.dedent(f"""
        async def {handler}({offered}):
            text, stub = "hi", {_stub(form, offered)}
            try:
                {call if not call.startswith("return ") else f"made = {call.removeprefix('return ')}"}
            except BaseException as error:
                ended.append(error)
                raise
            ended.append(None)
            return {_ANSWERS.get(handler)}
    """)
    names = {"Response": Response, "change": _change, "ended": ended, "heard": print}
    names |= {"later": _later, "load": _load, "time": time}
    exec(source, names)
    made = names[handler]
    if form == OBJECT_FORM:
        return legacy_to_class({handler: made})
    return type("Party", (PartyServer,), {handler: made if "self" in offered else staticmethod(made)})


def _stub(form: str, offered: str) -> str:
    if "room" in offered:
        return 'room.context.parties["chat"].get("r")'
    return 'self.room.context.parties["chat"].get("r")' if "self" in offered else "None"


_ANSWERS = {"on_request": 'Response("")', "on_before_request": "request"}


class Chat(PartyServer):
    async def on_request(self, request: Request) -> Response:
        return Response("from chat")


async def _load() -> None:
    return None


async def _later() -> None:
    return None


async def _change(transaction: Any) -> None:
    await transaction.put("key", 1)
