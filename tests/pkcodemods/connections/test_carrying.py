"""Helpers that read the mapping of connections later than they are handed it."""

from __future__ import annotations

import pytest
from tests.pkcodemods.checks import check_transformed, codes, migrated_files


def test_a_helper_that_waits_takes_the_room() -> None:
    check_transformed(
        """
        import asyncio
        from partykit.server import PartyKitServer


        async def later(text, conns):
            await asyncio.sleep(1)
            for id, peer in conns.items():
                peer.send(f"{id} of {len(conns)}: {text}")


        async def named(room, conns):
            await asyncio.sleep(1)
            return "a" in conns


        async def on_message(message, connection, room):
            asyncio.create_task(later(message, room.connections))
            await named(room, conns=room.connections)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        import asyncio
        from partyserver import PartyServer, ServerOptions


        async def later(text, room):
            await asyncio.sleep(1)
            for peer in room.get_connections():
                peer.send(f"{peer.id} of {len(room.get_connections())}: {text}")


        async def named(room, conns):
            await asyncio.sleep(1)
            return conns.get_connection("a") is not None


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                asyncio.create_task(later(message, self.room))
                await named(self.room, conns=self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_over_files() -> None:
    results = migrated_files(
        {
            "party.py": """
                from helpers import later


                async def on_message(message, connection, room):
                    await later(room.connections, message)


                default = {"onMessage": on_message}
            """,
            "helpers.py": """
                import asyncio


                async def later(conns, text):
                    await asyncio.sleep(1)
                    for peer in conns.values():
                        peer.send(text)
            """,
        }
    )
    assert b"await later(self.room, message)" in results["party.py"].data
    assert b"async def later(room, text):" in results["helpers.py"].data
    assert b"for peer in room.get_connections():" in results["helpers.py"].data


@pytest.mark.parametrize(
    "call",
    [
        "await later({'me': connection})",
        "conns = room.connections or {}; await later(conns)",
        "print(later)",
        "await later(*[room.connections])",
    ],
)
def test_one_that_gets_something_else_as_well(call: str) -> None:
    found = codes(f"""
        import asyncio
        from partykit.server import PartyKitServer


        async def later(conns):
            await asyncio.sleep(1)
            print(len(conns))


        async def on_message(message, connection, room):
            await later(room.connections)
            {call}


        default: PartyKitServer = {{"onMessage": on_message}}
    """)
    assert "PK202" in found


@pytest.mark.parametrize(
    "use", ["print(conns)", "room = conns; print(room)", "return conns", "del conns['a']"]
)
def test_one_that_does_something_else_with_it(use: str) -> None:
    found = codes(f"""
        import asyncio
        from partykit.server import PartyKitServer


        async def later(conns):
            await asyncio.sleep(1)
            {use}


        async def on_message(message, connection, room):
            room.found = await later(room.connections)


        default: PartyKitServer = {{"onMessage": on_message}}
    """)
    assert "PK202" in found
