"""What the guide to the admin page shows is run: its commands, and its application."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from sybil import Document
from sybil.parsers.myst import PythonCodeBlockParser
from tests.mirror import ROOT
from tests.pkcompat.command.serve_command import served

from pkcompat.serving import listen

GUIDE = ROOT / "docs" / "guides" / "admin-page.md"
SHOWN = [
    line.removeprefix("$ ")
    for block in re.findall(r"```console\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
]


def free_port() -> str:
    with listen() as free:
        return str(free.getsockname()[1])


def run(command: str, port: str) -> str:
    """What a shell prints that runs a command with another port than the one shown."""
    done = subprocess.run(
        ["bash", "-c", command.replace("9090", port)], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "chat.py").write_text("from partyserver import PartyServer\nclass Chat(PartyServer): ...\n")
    local, export, for_others, curl = SHOWN
    serves = "pkcompat serve "
    port = free_port()
    with served(tmp_path, *local.removeprefix(serves).replace("9090", port).split()) as (_, _, told):
        assert f"admin page at http://127.0.0.1:{port}/" in told
        assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 200
    name, value = run(f'{export} && printf "PKCOMPAT_ADMIN_TOKEN %s" "$PKCOMPAT_ADMIN_TOKEN"', port).split()
    assert len(value) > 20
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    port = free_port()
    with served(tmp_path, *for_others.removeprefix(serves).replace("9090", port).split()):
        assert run(curl, port) == '[{"name":"main","rooms":0,"connections":0}]'
        assert httpx.get(f"http://127.0.0.1:{port}/api/parties", trust_env=False).status_code == 401
        assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 200


async def test_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "OPERATOR_PASSWORD", "geheim & ü")
    document = Document.parse(str(GUIDE), PythonCodeBlockParser())
    for example in document.examples():
        example.evaluate()
    app: Any = document.namespace["app"]
    assert isinstance(app, Starlette)
    async with document.namespace["host"].lifespan():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://rooms.example") as client:
            for path in ("/ops/", "/ops/api/parties", "/ops/healthz"):
                refused = await client.get(path)
                assert (refused.status_code, refused.text) == (401, "Sign in.")
                assert refused.headers["www-authenticate"].startswith("Basic ")
                assert (await client.get(path, auth=("operator", "wrong"))).status_code == 401
                assert (await client.get(path, auth=("operator", "geheim & ü"))).status_code == 200
            delete = "/ops/api/parties/chat/room/delete?room=den"
            headers = {"origin": "https://evil.example"}
            answer = await client.post(delete, auth=("operator", "geheim & ü"), headers=headers)
            assert answer.status_code == 403
            assert (await client.get("/parties/chat/den")).status_code != 401  # clients need no password
