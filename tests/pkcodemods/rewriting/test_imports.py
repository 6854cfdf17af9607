"""The imports of migrated modules."""

import pytest
from tests.pkcodemods.checks import check_transformed, migrated

from pkcodemods import Settings

PARTY = """

def on_connect(connection, room):
    room.broadcast("hi")


default = {"onConnect": on_connect}
"""
CLASS = """

class Server(PartyServer):
    def on_connect(self, connection, ctx):
        self.room.broadcast("hi")


default = Server
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # where there is no import of the object form
        ("", "from partyserver import PartyServer\n"),
        ('"""Doc."""\n', '"""Doc."""\n\nfrom partyserver import PartyServer\n'),
        ("import os\n", "import os\n\nfrom partyserver import PartyServer\n"),
        ("import os\n\nimport yaml\n", "import os\n\nimport yaml\nfrom partyserver import PartyServer\n"),
        ("from attrs import define\n", "from attrs import define\nfrom partyserver import PartyServer\n"),
        ("from yarl import URL\n", "from partyserver import PartyServer\nfrom yarl import URL\n"),
        (
            "import yaml\n\nfrom .helpers import x\n",
            "import yaml\nfrom partyserver import PartyServer\n\nfrom .helpers import x\n",
        ),
        ("from .helpers import x\n", "from partyserver import PartyServer\n\nfrom .helpers import x\n"),
        # in place of one
        ("from partykit.server import PartyKitServer\n", "from partyserver import PartyServer\n"),
        ("import partykit.server\n", "from partyserver import PartyServer\n"),
        ("from partykit.server import *\n", "from partyserver import PartyServer\n"),
        ("import os, partykit.server, re\n", "from partyserver import PartyServer\nimport os, re\n"),
        (
            "import os; from partykit.server import Room; import re\n",
            "import os\nfrom partyserver import PartyServer\nimport re\n",
        ),
        # added to one of the class form
        ("from partyserver import Host\n", "from partyserver import Host, PartyServer\n"),
        ("from partyserver import Room, Host\n", "from partyserver import Room, Host, PartyServer\n"),
        (
            "from partyserver import (\n    Host,  # the host\n    Room,\n)\n",
            "from partyserver import (\n    Host,  # the host\n    Room,\n    PartyServer,\n)\n",
        ),
        ("from partyserver import PartyServer\n", "from partyserver import PartyServer\n"),
        # a group stays one where its first import goes
        (
            "import os\n\nfrom partykit.server import PartyKitServer\nfrom partyserver import Host\n",
            "import os\n\nfrom partyserver import Host, PartyServer\n",
        ),
        (
            "import os\n\nfrom partykit.server import Room\nimport yaml\nfrom partyserver import Host\n",
            "import os\n\nimport yaml\nfrom partyserver import Host, PartyServer\n",
        ),
        (
            "import os\n\nfrom partykit.server import Room\n\nfrom partyserver import Host\n",
            "import os\n\nfrom partyserver import Host, PartyServer\n",
        ),
    ],
)
def test_what_is_needed_is_imported_once(before: str, after: str) -> None:
    assert migrated(before + PARTY).code.partition("\n\nclass")[0].strip("\n") == after.strip("\n")


@pytest.mark.parametrize(
    "kept",
    [
        "import readline  # noqa: F401\n",
        "import logging\n",
        "from typing import List\n",
        "from typing import List as List\n",
        "import os.path\n",
        "import partyserver\n",
    ],
)
def test_an_import_that_nothing_used_before_stays(kept: str) -> None:
    assert kept in migrated(kept + PARTY).code


@pytest.mark.parametrize(
    ("before", "gone"),
    [
        ("from typing import Optional\n\nfrom partykit.server import Room\n", "Optional"),
        ("import typing as t\n\nfrom partykit.server import Room\n", "typing"),
    ],
)
def test_an_import_that_only_the_old_code_used_goes(before: str, gone: str) -> None:
    annotation = "t.Optional[Room]" if " as t" in before else "Optional[Room]"
    code = migrated(before + PARTY.replace(", room)", f", room: {annotation})")).code
    assert gone not in code
    assert "partykit" not in code


def test_an_import_that_only_a_string_uses_stays() -> None:
    source = 'from typing import Optional\n\n\nx: "Optional[int]" = None\n' + PARTY.replace(
        ", room)", ", room: Optional[int])"
    )
    assert "from typing import Optional\n" in migrated(source).code


def test_nothing_leaks_into_the_next_file() -> None:
    first = migrated(
        "from partykit.server import Connection\n" + PARTY.replace("(connection", "(connection: Connection")
    )
    assert "Connection" in first.code
    assert migrated(PARTY.lstrip("\n")).code == "from partyserver import PartyServer\n" + CLASS


def test_a_long_import_is_spread_over_lines() -> None:
    source = (
        "from partykit.server import Connection, Room, Storage\n\n\n"
        "def f(connection: Connection, room: Room, storage: Storage): ...\n" + PARTY
    )
    code = migrated(source, settings=Settings(line_length=40)).code
    assert code.startswith(
        "from partyserver import (\n    Connection,\n    PartyServer,\n    Room,\n    Storage,\n)\n"
    )


@pytest.mark.parametrize(
    "guarded",
    [
        "try:\n    from partykit.server import Room\nexcept ImportError:\n    Room = object\n",
        "try:\n    from partykit.server import Room\nexcept ModuleNotFoundError:\n"
        "    from old.pk import Room\n",
        "try:\n    from partykit.server import Room\nexcept (ImportError, OSError):\n    raise\n",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from partykit.server import Room\nelse:\n"
        "    Room = object\n",
        "import sys\n\nif sys.version_info > (3, 8):\n    from partykit.server import Room\nelse:\n"
        "    from partykit.server import Room\n",
    ],
)
def test_a_guarded_import_goes_with_its_guard(guarded: str) -> None:
    helper = "\n\ndef announce(room: Room):\n    room.getConnections()\n\n"
    code = migrated(guarded + helper + PARTY.replace("room.broadcast", "announce(room), room.broadcast")).code
    assert "try" not in code
    assert "    from" not in code
    assert "object" not in code
    assert "from partyserver import PartyServer, Room\n" in code
    assert "def announce(room: Room):\n    room.get_connections()\n" in code


def test_a_guard_that_does_something_else_too_stays() -> None:
    source = (
        "try:\n    from partykit.server import Room\n\n    HAS = True\nexcept ImportError:\n    HAS = False\n"
        + PARTY
    )
    code = migrated(source).code
    assert "try:\n    HAS = True\nexcept ImportError:\n    HAS = False\n" in code.replace(
        "try:\n\n", "try:\n"
    )


def test_imports_of_functions_go_to_the_top() -> None:
    check_transformed(
        """
        def on_connect(connection, room):
            from partykit.server import PartyKitConnection

            assert isinstance(connection, PartyKitConnection)


        default = {"onConnect": on_connect}
        """,
        """
        from partyserver import Connection, PartyServer


        class Server(PartyServer):
            def on_connect(self, connection, ctx):
                assert isinstance(connection, Connection)


        default = Server
        """,
    )


def test_starlettes_own_names_are_used_where_they_are_there() -> None:
    code = migrated(
        "from starlette.requests import Request\n\nfrom partykit.server import PartyKitRequest\n\n\n"
        "def page(request: Request): ...\n\n\nasync def on_request(request: PartyKitRequest, room):\n"
        "    return page(request)\n\n\ndefault = {'onRequest': on_request}\n"
    ).code
    assert "import PartyServer, ServerOptions\n" in code
    assert "async def on_request(self, request: Request):" in code


def test_a_wrapped_module_keeps_the_imports_that_it_uses() -> None:
    source = (
        "from partykit.server import PartyKitServer\n\n\ndef make() -> PartyKitServer:\n    return {}\n\n\n"
    )
    code = migrated(source + "default: PartyKitServer = make()\n").code
    assert code.startswith(
        "from partykit.server import PartyKitServer\nfrom pkcompat import legacy_to_class\n"
    )


@pytest.mark.parametrize(
    ("handed_on", "after"),
    [
        ("from partykit.server import Room\n\n__all__ = ['Room']\n", "import PartyServer, Room\n"),
        (
            "from partykit.server import PartyKitRoom\n\n__all__ = ['PartyKitRoom']\n",
            "import PartyServer, Room as PartyKitRoom\n",
        ),
        ("from partykit.server import Party as Party\n", "import PartyServer, Room as Party\n"),
    ],
)
def test_a_type_that_is_handed_on_keeps_its_name(handed_on: str, after: str) -> None:
    assert migrated(handed_on + PARTY).code.startswith("from partyserver " + after)


def test_what_only_a_guard_used_goes_with_it() -> None:
    source = (
        "import sys\nfrom typing import TYPE_CHECKING, List\n\nif TYPE_CHECKING:\n"
        "    from partykit.server import Room\n\nif sys.version_info > (3, 8):\n    import partykit.server\n"
    )
    code = migrated(source + PARTY.replace(", room)", ", room: 'Room')")).code
    assert code.startswith("from typing import List\n\nfrom partyserver import PartyServer\n\n\nclass")


def test_pragmas_at_imported_names_stay_at_the_import() -> None:
    check_transformed(
        """
        from partykit.server import (
            PartyKitConnection as Conn,  # noqa: F401  a client
            PartyKitRoom as Room,  # noqa: F401
            PartyKitServer,  # the object's
        )


        def on_connect(connection, room):
            room.broadcast(connection.id)


        default: PartyKitServer = {"onConnect": on_connect}
        """,
        """
        # the object's
        from partyserver import Connection as Conn, PartyServer, Room  # noqa: F401  a client


        class Server(PartyServer):
            def on_connect(self, connection, ctx):
                self.room.broadcast(connection.id)


        default = Server
        """,
    )
