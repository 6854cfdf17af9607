"""What `ws=` gets under a uvicorn that is supported, and under one that is not; each in a fresh process."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from partyserver.wire import uvicorn_support
from partyserver.wire.uvicorn_support import BELOW, LOWEST, missing_names

SANS_IO = "uvicorn.protocols.websockets.websockets_sansio_impl"

ECHO = """
import asyncio, sys, uvicorn
from websockets.asyncio.client import connect
from partyserver import Host, PartyServer
from partyserver.uvicorn_protocol import PartyWebSocketProtocol

class Echo(PartyServer):
    def on_message(self, message, sender):
        sender.send(message)

async def main():
    config = uvicorn.Config(Host({"main": Echo}), port=0, ws=PartyWebSocketProtocol, log_level="error")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with connect(f"ws://127.0.0.1:{port}/party/room") as client:
        await client.send("hello")
        print(await client.recv(), PartyWebSocketProtocol.__name__)
    server.should_exit = True
    await task

asyncio.run(asyncio.wait_for(main(), 20))
"""


def run(before: str) -> tuple[str, str]:
    """What a host prints and logs that echoes a message, in a process that has run `before`."""
    done = subprocess.run(
        [sys.executable, "-c", before + ECHO], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def test_the_installed_uvicorn_has_all_that_is_needed() -> None:
    assert missing_names() == []
    assert run("") == ("hello PartyWebSocketProtocol", "")


def test_the_versions_of_the_warning_are_those_that_can_be_installed() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert f"uvicorn>={LOWEST},<{BELOW}" in project["dependencies"]


@pytest.mark.parametrize(
    ("hide", "missing"),
    [
        (
            f"import {SANS_IO} as found; del found.WebSocketsSansIOProtocol.handle_parser_exception",
            "WebSocketsSansIOProtocol.handle_parser_exception",
        ),
        (
            f"import uvicorn.protocols.utils as found\nimport {SANS_IO}\ndel found.ClientDisconnected",
            "cannot import name 'ClientDisconnected'",
        ),
        (
            "from partyserver.wire.uvicorn_support import NEEDED\n"
            "NEEDED['websockets.server:ServerProtocol'] += ' gone'",
            "ServerProtocol.gone",
        ),
    ],
)
def test_under_another_uvicorn_its_own_class_serves_and_a_warning_says_so(hide: str, missing: str) -> None:
    printed, logged = run(hide)
    assert printed == "hello WebSocketsSansIOProtocol"
    assert logged.count("PartyWebSocketProtocol does not support uvicorn") == 1
    assert f"missing: {missing}" in logged
    assert logged.strip().endswith(f"Supported are uvicorn>={LOWEST},<{BELOW}")


LIMITED = """
import logging, sys
logging.basicConfig(stream=sys.stderr, format="%(message)s")
from partyserver.uvicorn_protocol import PartyHttpProtocol
print(PartyHttpProtocol.__mro__[1].__name__)
"""


@pytest.mark.parametrize(
    ("before", "used", "missing"),
    [
        ("", "LimitedHttpTools", ""),
        ("import sys; sys.modules['httptools'] = None", "LimitedH11", ""),
        (
            "import uvicorn.protocols.http.httptools_impl as found; del found.HttpToolsProtocol.on_body",
            "Protocol",
            "HttpToolsProtocol.on_body",
        ),
        (
            "from partyserver.wire.uvicorn_support import NEEDED_OF_HTTP\n"
            "needed = NEEDED_OF_HTTP['httptools']\n"
            "needed['uvicorn.protocols.http.httptools_impl:RequestResponseCycle'] += ' gone'",
            "Protocol",
            "RequestResponseCycle.gone",
        ),
    ],
)
def test_http_has_limits_with_either_parser_or_a_warning(before: str, used: str, missing: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", before + LIMITED], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout.strip(), done.returncode) == (used, 0), done.stderr
    assert (f"(missing: {missing}), so uvicorn's own class serves HTTP" in done.stderr) == bool(missing)


def test_attributes_are_found_without_an_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    def without_frames(self: object) -> None:
        self.queue = None  # type: ignore[attr-defined]

    for name in (
        "__init__",
        *(name for name in vars(WebSocketsSansIOProtocol) if name.startswith("handle_")),
    ):
        monkeypatch.setattr(WebSocketsSansIOProtocol, name, without_frames)
    monkeypatch.setattr(uvicorn_support, "_names_there", uvicorn_support._names_there.__wrapped__)
    assert "WebSocketsSansIOProtocol.writable" in missing_names()
    assert "WebSocketsSansIOProtocol.queue" not in missing_names()


def test_the_code_of_a_class_is_taken_apart_once_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing_names() == []
    monkeypatch.setattr(uvicorn_support, "_codes_of", None)
    assert missing_names() == []
