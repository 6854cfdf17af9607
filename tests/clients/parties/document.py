"""A Yjs document for y-partykit's provider: a log of updates, which the server need not understand.

A message of the provider is a byte that says what it is about, and for sync one more: 0 asks for what the
sender lacks, 1 and 2 carry updates. Updates may come in any order and more than once, so a log will do.
"""

import json

from partykit.server import PartyKitConnection, PartyKitRoom, PartyKitServer

SYNC, ASK = 0, 0
EVERYTHING_PLEASE = bytes([SYNC, ASK, 1, 0])  # with the state vector of an empty document
NOTHING_MORE = bytes([SYNC, 1, 2, 0, 0])  # an empty update; it tells the provider that it is in sync
WHO_IS_HERE = bytes([3])
BATCH = "y-pk-batch#"  # begins the text messages around an update that is sent in several messages
PIECE = 100_000  # bytes of an update in one value of the storage


async def on_connect(connection: PartyKitConnection, room: PartyKitRoom):
    connection.setState({"batch": None})
    updates = {}
    for key, piece in (await room.storage.list({"prefix": "update:"})).items():
        number = key.split(":")[1]
        updates[number] = updates.get(number, b"") + piece
    for update in updates.values():
        connection.send(update)
    connection.send(EVERYTHING_PLEASE)
    room.broadcast(WHO_IS_HERE, [connection.id])


async def on_message(message, connection: PartyKitConnection, room: PartyKitRoom):
    if isinstance(message, str):
        if not message.startswith(BATCH):
            return
        if json.loads(message.removeprefix(BATCH))["type"] == "start":
            connection.setState({"batch": []})
            return
        message = b"".join(connection.state["batch"])
        connection.setState({"batch": None})
    elif connection.state["batch"] is not None:
        connection.state["batch"].append(message)
        return
    if message[0] != SYNC:
        room.broadcast(message)  # to its sender too: a provider leaves a server that is silent
    elif message[1] == ASK:
        connection.send(NOTHING_MORE)
    elif message != NOTHING_MORE:
        number = await room.storage.get("updates") or 0
        pieces = {
            f"update:{number:08}:{start:08}": message[start : start + PIECE]
            for start in range(0, len(message), PIECE)
        }
        await room.storage.put({"updates": number + 1, **pieces})
        room.broadcast(message, [connection.id])  # who sees it may rely on it: the write is committed first


default: PartyKitServer = {"onConnect": on_connect, "onMessage": on_message}
