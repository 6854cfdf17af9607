"""What migrated modules call the classes of `partyserver`."""

import pytest
from tests.pkcodemods.checks import check_transformed, migrated

PARTY = (
    "\n\ndef f(connection, room):\n    announce(room)\n\n\n"
    "def announce(room: PartyKitRoom): ...\n\n\nx = {'onConnect': f}\ndefault = x\n"
)
OLD = "from partykit.server import PartyKitRoom\n"


@pytest.mark.parametrize(
    ("before", "imports", "name"),
    [
        (OLD, "from partyserver import PartyServer, Room\n", "Room"),
        (
            "from partyserver import Room as R\n" + OLD,
            "from partyserver import PartyServer, Room as R\n",
            "R",
        ),
        (OLD + "\nRoom = 1\n", "from partyserver import PartyServer, Room as PartyRoom\n", "PartyRoom"),
        (
            OLD + "\nRoom = PartyRoom = 1\n",
            "from partyserver import PartyServer, Room as PartyRoom2\n",
            "PartyRoom2",
        ),
        (
            OLD + "\nPartyServer = 1\n",
            "from partyserver import PartyServer as PartyServerBase, Room\n",
            "Room",
        ),
    ],
)
def test_a_name_that_is_taken_is_not_taken_again(before: str, imports: str, name: str) -> None:
    code = migrated(before + PARTY).code
    assert code.startswith(imports)
    assert f"def announce(room: {name}): ...\n" in code


def test_types_for_checkers_alone_stay_so() -> None:
    source = f"from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    {OLD}" + PARTY.replace(
        "PartyKitRoom", "'PartyKitRoom'"
    )
    code = migrated(source).code
    assert "if TYPE_CHECKING:\n    from partyserver import Room\n" in code
    assert "\nfrom partyserver import PartyServer\n" in code


def test_what_runs_is_imported_for_all() -> None:
    source = (
        "from typing import TYPE_CHECKING\n\nfrom partykit.server import PartyKitRoom as Live\n\n"
        f"if TYPE_CHECKING:\n    {OLD}" + PARTY.replace("PartyKitRoom", "'PartyKitRoom'") + "print(Live)\n"
    )
    code = migrated(source).code
    assert "from partyserver import PartyServer, Room as Live\n" in code
    assert "print(Live)\n" in code


def test_a_star_gives_its_names_up() -> None:
    check_transformed(
        """
        from partykit.server import *


        def on_request(request, room):
            return Response(room.id)


        default: PartyKitServer = {"onRequest": on_request}
        """,
        """
        from partyserver import PartyServer, Response, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_request(self, request):
                return Response(self.room.id)


        default = Server
        """,
    )


def test_a_local_import_gives_its_name_up() -> None:
    check_transformed(
        """
        def on_request(request, room):
            from partykit.server import Response

            return Response(room.id)


        default = {"onRequest": on_request}
        """,
        """
        from partyserver import PartyServer, Response, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_request(self, request):
                return Response(self.room.id)


        default = Server
        """,
    )


def test_a_name_that_something_else_has() -> None:
    check_transformed(
        """
        from partykit.server import *

        Room = "a room"


        def on_connect(connection: PartyKitConnection, room: PartyKitRoom):
            def greet(other: PartyKitRoom): connection.send(Room)
            greet(room)


        default: PartyKitServer = {"onConnect": on_connect}
        """,
        """
        from partyserver import Connection, ConnectionContext, PartyServer, Room as PartyRoom

        Room = "a room"


        class Server(PartyServer):
            def on_connect(self, connection: Connection, ctx: ConnectionContext):
                def greet(other: PartyRoom): connection.send(Room)
                greet(self.room)


        default = Server
        """,
    )
