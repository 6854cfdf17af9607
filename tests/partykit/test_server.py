from __future__ import annotations

import subprocess
import sys

import partyserver
from partykit import server


def test_every_name_is_there() -> None:
    for name in server.__all__:
        assert getattr(server, name) is not None
    assert server.PartyKitContext is partyserver.ConnectionContext
    assert not hasattr(server, "nothing")


def test_an_object_of_handlers_is_a_dict() -> None:
    assert server.PartyKitServer(onMessage=print, on_close=None) == {"onMessage": print, "on_close": None}


def test_importing_it_does_not_import_starlette() -> None:
    code = "import sys, partykit.server; sys.exit('starlette' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_everything_can_be_imported_with_a_star() -> None:
    names: dict[str, object] = {}
    exec("from partykit.server import *", names)
    assert names.keys() >= set(server.__all__)
