"""Pieces of the bodies of handlers.

A piece is a few lines with placeholders: `{r}` is what the handler calls the room, `{c}` the connection,
`{m}` the message, `{q}` the request, `{x}` the context. Pieces of one handler stand one after another.
"""

from __future__ import annotations

ROOM_NAMES = ["room", "r", "party", "the_room"]
CONNECTION_NAMES = ["connection", "conn", "c", "ws"]
MESSAGE_NAMES = ["message", "msg", "data"]
REQUEST_NAMES = ["request", "req"]
CONTEXT_NAMES = ["ctx", "context", "_"]

# Pieces for handlers that have a room and a connection.
ROOM_AND_CONNECTION = [
    '{c}.send("hello " + {c}.id)',
    '{c}.socket.send("socket " + {r}.id)',
    '{r}.broadcast("all from " + {c}.id)',
    '{r}.broadcast(f"others {{{c}.id}} of {{len({r}.connections)}}", [{c}.id])',
    '{r}.broadcast("without " + {c}.id, without=[{c}.id])',
    "for peer in {r}.connections.values():\n    peer.socket.send('peer ' + peer.id)",
    "for key, peer in {r}.connections.items():\n    peer.send(key + ' hears ' + {c}.id)",
    "for key in {r}.connections:\n    {c}.send('key ' + key)",
    "for key in {r}.connections.keys():\n    {r}.connections[key].send('by key')",
    "{c}.send(','.join(sorted({r}.connections)))",
    "{c}.send(str([peer.id for peer in {r}.connections.values() if peer.id != {c}.id]))",
    "{c}.send(str(len({r}.connections)) + ' ' + str(bool({r}.connections)))",
    "{c}.send('b here' if 'b' in {r}.connections else 'no b')",
    "peer = {r}.connections.get('b')\nif peer:\n    peer.socket.send('for b')\nelse:\n    {c}.send('nobody')",
    "peer = {r}.connections.get('zz', {c})\npeer.send('default')",
    (
        "try:\n    {r}.connections['zz'].send('never')\n"
        "except KeyError as error:\n    {c}.send('key error ' + str(error))"
    ),
    "conns = {r}.connections\nfor peer in list(conns.values()):\n    peer.send('aliased ' + str(len(conns)))",
    "everyone = dict({r}.connections)\n{c}.send(str(sorted(everyone)))",
    "if (found := {r}.getConnection('a')) is not None:\n    found.send('walrus')",
    "for peer in {r}.getConnections():\n    peer.send('by getConnections')",
    "for peer in {r}.get_connections():\n    peer.send('by get_connections')",
    "{c}.send(str({r}.internalID == {r}.internalID))",
    "{c}.setState({{'by': {c}.id}})\n{c}.send(str({c}.state))",
    "{c}.set_state(lambda old: (old or 0, 1))\n{c}.send(str({c}.state))",
    "{c}.serializeAttachment([1, 2])\n{c}.send(str({c}.deserializeAttachment()))",
    "{r}.count = getattr({r}, 'count', 0) + 1\n{c}.send('count ' + str({r}.count))",
    # names that shadow, and names that only look like the room
    "def inner(room):\n    return 'inner ' + str(room)\n{c}.send(inner(5))",
    "shout = lambda {r}: str({r}).upper()\n{c}.send(shout('lambda'))",
    "{c}.send(str([{r} for {r} in range(3)]))",
    "def later():\n    return {r}.id + ' closure ' + {c}.id\n{c}.send(later())",
    "{c}.send(f'{{len({r}.connections)!r:>3}} {{{r}.id}}')",
    (
        "match {c}.id:\n    case 'a':\n        {c}.send('matched')\n"
        "    case other:\n        {c}.send('other ' + other)"
    ),
    "x = room_name = {r}.id\n{c}.send(x + room_name)",
    "global hits\nhits += 1\n{c}.send('hits ' + str(hits))",
    "here = {r}\nhere.broadcast('through an alias')",
    "who, where = {c}, {r}\nwho.send('unpacked ' + where.id)",
    "send = {c}.send\nsend('bound method')",
    "label = 'room.connections is not code'  # room.connections neither\n{c}.send(label)",
    # the mapping, in every use that it has
    "known = {{**{r}.connections}}\n{c}.send(str(sorted(known)))",
    "known = {{'extra': {c}, **{r}.connections}}\n{c}.send(str(sorted(known)))",
    "known = {{'extra': {c}}}\nknown.update({r}.connections)\nknown['extra'].socket.send(str(sorted(known)))",
    "{c}.send(str([*{r}.connections]))",
    "for key, peer in sorted({r}.connections.items()):\n    peer.socket.send('sorted ' + key)",
    "pairs = list({r}.connections.items())\npairs[0][1].socket.send('first pair ' + pairs[0][0])",
    "first, *rest = {r}.connections\n{c}.send(first + str(rest))",
    "head, *tail = {r}.connections.values()\nhead.socket.send('head of ' + str(len(tail)))",
    "{c}.send(str({{key: peer.id for key, peer in {r}.connections.items()}}))",
    "{c}.send(str({{key for key in {r}.connections if key != {c}.id}}))",
    "{c}.send(str(sorted({r}.connections.keys() - {{{c}.id}})))",
    "{c}.send(str({r}.connections.keys() == {{'a', 'b'}}))",
    "{c}.send(str('b' in {r}.connections.keys()) + str({c} in {r}.connections.values()))",
    "{c}.send(str({r}.connections.has('b')) + str({r}.connections.size))",
    "{r}.connections.forEach(lambda peer, key: peer.socket.send('each ' + key))",
    "def told(peer, key):\n    peer.socket.send('told ' + key)\n{r}.connections.forEach(told)",
    "{c}.send(str(list(enumerate({r}.connections))) + str(max({r}.connections, default='none')))",
    "for i, peer in enumerate({r}.connections.values()):\n    peer.socket.send('number ' + str(i))",
    "{c}.send(str(list(map(lambda peer: peer.socket.id, {r}.connections.values()))))",
    "{c}.send(str(sorted({r}.connections.values(), key=lambda peer: peer.socket.id)[0].id))",
    "names = {r}.connections.keys()\n{c}.send(','.join(names) + str(len(names)))",
    "live = {r}.connections\nlive_too = live\n{c}.send(str(len(live_too)))",
    (
        "for one in {r}.connections:\n    for two in {r}.connections:\n"
        "        {r}.connections[one].send(one + ' meets ' + two)"
    ),
    "for key in {r}.connections:\n    pass\n{c}.send('last ' + key)",
    ("for key in {r}.connections:\n    if key == 'zz':\n        break\nelse:\n    {c}.send('no zz')"),
    (
        "try:\n    chosen = {r}.connections['zz']\nexcept KeyError:\n    chosen = {c}\n"
        "chosen.socket.send('chosen')"
    ),
    "seen = 'before'\ntry:\n    seen = {r}.connections['zz']\nexcept KeyError:\n    {c}.send(str(seen))",
    "peer = {r}.connections[{c}.id] if {c}.id in {r}.connections else {c}\npeer.socket.send('found')",
    "({r}.connections.get('zz') or {c}).socket.send('or')",
    "(lambda: {c}.send(str(len({r}.connections))))()",
    "if {r}.connections and not {r}.connections.get('zz'):\n    {c}.send('some, and no zz')",
    (
        "match {r}.connections.get('b'):\n    case None:\n        {c}.send('no b')\n"
        "    case b:\n        b.socket.send('b')"
    ),
    (
        "match ({r}, {c}):\n    case (where, who):\n"
        "        who.socket.send('matched ' + str(len(where.connections)))"
    ),
    "{c}.send(f'{{set({r}.connections) == {{{c}.id}}}} {{ {{**{r}.connections}} == {{}} }}')",
    "{c}.send(f'{{{r}.id=}} {{len({r}.connections)=}}')",
    # the room and the connection on their way
    "chosen = {c} if {r}.connections else None\nchosen.socket.send('conditional')",
    "either = None or {r}\n{c}.send(str(len(either.connections)))",
    "kept = {{'room': {r}, 'who': {c}}}\nkept['who'].socket.send(str(len(kept['room'].connections)))",
    "(one, (two, *three)) = ({c}, ({r}, 1, 2))\none.socket.send(str(len(two.connections)) + str(three))",
    "stack = []\nstack.append({c})\nstack.pop().socket.send('popped')",
    "{r}.last = {c}\n{r}.last.socket.send('through the room')",
    "{c}.home = {r}\n{c}.send(str(len({c}.home.connections)))",
    "{c}.send(str(len(getattr({r}, 'connections'))) + str(hasattr({r}, 'nothing')))",
    "{c}.send('{{0.id}} {{1.id}}'.format({r}, {c}))",
    "{c}.send(str(isinstance({r}, str)) + str({c}.socket is {c}) + str({r}.connections.get('b') is {c}))",
    "where = {r}\ndel where\n{c}.send('deleted')",
    "{r}.broadcast('to all', None)",
    "{r}.broadcast('to others', without=[{c}.id] if {r}.connections else None)",
    "peers = list({r}.connections.values())\npeers += [{c}]\npeers[-1].socket.send(str(len(peers)))",
    "class Local:\n    count = len({r}.connections)\n{c}.send(str(Local.count))",
    "with contextlib.nullcontext({c}) as held:\n    held.socket.send('held')",
    "try:\n    raise ValueError({c}.id)\nexcept ValueError as {c}_error:\n    {c}.send(str({c}_error))",
    "{c}.send(str(sorted(name for name in ('x', 'y') if name in locals())))",
    "{c}.send(str(eval('1 + 1')))",
    "# a comment\n{c}.send(  # inside\n    str(len({r}.connections))  # and here\n)  # behind",
    "for peer in (  # loop\n    {r}.connections.values()  # over all\n):\n    peer.socket.send('commented')",
]

# Pieces that only an `async def` can hold.
ASYNC_ROOM_AND_CONNECTION = [
    "n = (await {r}.storage.get('n') or 0) + 1\nawait {r}.storage.put('n', n)\n{c}.send('n ' + str(n))",
    "await {r}.storage.put({{'k1': 1, 'k2': [{c}.id]}})\n{c}.send(str(await {r}.storage.list(prefix='k')))",
    "{c}.send(str(await {r}.storage.list({{'prefix': 'k', 'limit': 1}})))",
    "{c}.send(str(await {r}.storage.list(startAfter='k1')))",
    "store = {r}.storage\nawait store.delete('k1')\n{c}.send(str(await store.get(['k1', 'k2'])))",
    "await {r}.storage.deleteAll()\n{c}.send('deleted')",
    "await asyncio.sleep(0.01)\n{c}.send('slept in ' + {r}.id)",
    "async def told():\n    {c}.socket.send(str(len({r}.connections)))\nawait told()",
    "await asyncio.gather(*(peer.send('gathered') for peer in {r}.connections.values()))",
    "keys = [key async for key in each_key({r})]\n{c}.send(str(keys))",
    "for key in list({r}.connections):\n    await asyncio.sleep(0.01)\n    if key in {r}.connections:\n"
    "        {r}.connections[key].send('still here')",
    "task = asyncio.create_task(room_of({r}))\n{c}.send(str(len((await task).connections)))",
    "one, two = await asyncio.gather(room_of({r}), room_of({c}))\ntwo.socket.send(str(len(one.connections)))",
    "await {r}.storage.put('o', 1, {{'allowUnconfirmed': True}})\n{c}.send(str(await {r}.storage.get('o')))",
    "options = {{'prefix': 'k'}}\n{c}.send(str(await {r}.storage.list(options)))",
    "{c}.send(str(await {r}.storage.transaction(lambda txn: txn.list({{'prefix': 'k'}}))))",
    "listed = {r}.storage.list\n{c}.send(str(await listed({{'prefix': 'k'}})))",
    "await {c}.send('awaited')",
]

ON_MESSAGE = [
    "{c}.send('echo ' + str({m}))",
    "if {m} == 'boom':\n    raise ValueError('boom')",
    "if {m} == 'close':\n    {c}.close(4000, 'bye')\n    return",
    "{r}.broadcast({m}, [{c}.id])",
    "{c}.send(f'{{{m}!r}} of {{{c}.id}} in {{{r}.id}}')",
]

ON_CONNECT_LISTENERS = [
    "{c}.addEventListener('message', lambda event: {c}.send('heard ' + str(event.data)))",
    "def heard(event):\n    {r}.broadcast('heard in ' + {r}.id)\n{c}.add_event_listener('message', heard)",
    "def gone():\n    {r}.broadcast('gone ' + {c}.id)\n{c}.socket.addEventListener('close', gone)",
    "{c}.addEventListener('message', lambda event: {c}.send('once ' + str(event.data)), {{'once': True}})",
    "{c}.addEventListener('close', lambda event: {r}.broadcast(str(event.wasClean) + str(event.code)))",
    "if {c}.id == 'refused':\n    raise RuntimeError('refused')",
]

ROOM_ONLY = [
    "{r}.broadcast('from http')",
    "{r}.visits = getattr({r}, 'visits', 0) + 1",
    "text = text + ' ' + ','.join(sorted({r}.connections.keys()))",
    "text = text + ' ' + str(len({r}.connections))",
    "for conn in {r}.connections.values():\n    conn.send('to each from http')",
]
