"""What reads a snapshot of the connections too late, so that the live mapping stays."""

from __future__ import annotations

import textwrap

import pytest
from tests.pkcodemods.checks import codes

_AT_ONCE = """
    connection.send(str(len(peers)))
    for peer in peers.values():
        await peer.send("x")
"""
_LATE = {
    "a pause": """
        await asyncio.sleep(1)
        connection.send(str(len(peers)))
    """,
    "a pause in a loop": """
        for _ in range(2):
            connection.send(str(len(peers)))
            await asyncio.sleep(1)
    """,
    "async with": """
        async with LOCK:
            connection.send(str(len(peers)))
    """,
    "a close": """
        connection.close()
        room.broadcast(str(len(peers)))
    """,
    "a helper that closes": """
        kick(connection)
        room.broadcast(str(len(peers)))
    """,
    "a helper of a helper that closes": """
        moderate(connection)
        room.broadcast(str(len(peers)))
    """,
    "a callback that closes": """
        list(map(kick, [connection]))
        room.broadcast(str(len(peers)))
    """,
    "a close by its name": """
        getattr(connection, "close")()
        room.broadcast(str(len(peers)))
    """,
    "other code": """
        elsewhere.check(connection)
        room.broadcast(str(len(peers)))
    """,
    "a close in a comprehension": """
        [(kick(connection), len(peers)) for _ in range(2)]
    """,
    "an argument that is awaited": """
        print(await asyncio.sleep(1, "x"), len(peers))
    """,
    "a function within": """
        def later():
            room.broadcast(str(len(peers)))

        asyncio.get_running_loop().call_later(1, later)
    """,
    "a generator that is kept": """
        there = (id in peers for id in message)
        connection.close()
        print(list(there))
    """,
}


def _module(body: str) -> str:
    head = """
        import asyncio
        import elsewhere
        from partykit.server import PartyKitServer

        LOCK = asyncio.Lock()


        def table(room):
            return room.connections


        def kick(peer):
            peer.close(4000)


        def moderate(peer):
            if peer.state:
                kick(peer)


        async def on_message(message, connection, room):
            peers = table(room)
    """
    handler = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    export = 'default: PartyKitServer = {"onMessage": on_message}'
    return f"{textwrap.dedent(head).strip()}\n{handler}\n\n\n{export}\n"


def test_what_is_read_at_once_is_a_snapshot() -> None:
    assert codes(_module(_AT_ONCE)) == ["PK301"]


@pytest.mark.parametrize("body", _LATE.values(), ids=_LATE.keys())
def test_what_is_read_later_stays_live(body: str) -> None:
    assert "PK202" in codes(_module(body))
