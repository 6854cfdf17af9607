"""Helpers of party modules, with the pieces of handlers that use them."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Helper:
    """Some definitions at the module's top.

    Attributes:
        source: the definitions.
        calls: pieces that use them, in handlers with a room and a connection.
        needs: names of other helpers that it uses.
        is_async: whether the pieces await.
    """

    source: str
    calls: tuple[str, ...]
    needs: tuple[str, ...] = ()
    is_async: bool = False

    @cached_property
    def names(self) -> frozenset[str]:
        """What it defines."""
        defined = re.findall(r"^(?:async )?(?:def|class) (\w+)|^(\w+) =", self.source, re.MULTILINE)
        return frozenset(first or second for first, second in defined)


def _helper(source: str, *calls: str, needs: tuple[str, ...] = (), is_async: bool = False) -> Helper:
    return Helper(textwrap.dedent(source).strip("\n") + "\n", calls, needs, is_async)


HELPERS: dict[str, Helper] = {
    "announce": _helper(
        '''
        def announce(where, text):
            """Tell everybody in the room.connections."""
            for peer in where.connections.values():
                peer.socket.send(text)
        ''',
        "announce({r}, 'announced by ' + {c}.id)",
        "announce(text='by keyword', where={r})",
        "announce(*({r}, 'by star'))",
        "announce(**{{'where': {r}, 'text': 'by two stars'}})",
    ),
    "greet": _helper(
        """
        def greet(connection, room):
            connection.send("greetings from " + room.id + " " + str(len(room.connections)))
            announce(room, "greeted " + connection.id)
        """,
        "greet({c}, {r})",
        "greet(room={r}, connection={c})",
        "functools.partial(greet, {c})({r})",
        "list(map(lambda peer: greet(peer, {r}), {r}.connections.values()))",
        needs=("announce",),
    ),
    "send_all": _helper(
        """
        def send_all(peers, text):
            for peer in peers:
                peer.send(text)
        """,
        "send_all([peer for peer in {r}.connections.values()], 'listed')",
        "send_all({r}.connections.values(), 'viewed')",
    ),
    "count_down": _helper(
        """
        def count_down(room, left):
            return len(room.connections) if left == 0 else count_down(room, left - 1)
        """,
        "tally = count_down({r}, 2)\n{c}.send('tally ' + str(tally))",
    ),
    "even_and_odd": _helper(
        """
        def even(room, n):
            return len(room.connections) if n == 0 else odd(room, n - 1)


        def odd(room, n):
            return 0 if n == 0 else even(room, n - 1)
        """,
        "{c}.send(str(even({r}, 4)) + str(odd({r}, 4)))",
    ),
    "remember": _helper(
        """
        async def remember(room, value):
            await room.storage.put("last", value)
            await room.storage.setAlarm(4_000_000_000_000)
            await room.storage.deleteAlarm()
        """,
        "await remember({r}, {c}.id)\n{c}.send(str(await {r}.storage.get('last')))",
        is_async=True,
    ),
    "each_key": _helper(
        """
        async def each_key(room):
            for key in list(room.connections):
                yield key
        """,
    ),
    "room_of": _helper(
        """
        async def room_of(given):
            return given
        """,
    ),
    "describe": _helper(
        """
        async def describe(room):
            return room.id + ":" + str(await room.storage.get("last"))
        """,
        "{c}.send(await describe(room={r}))",
        is_async=True,
    ),
    "star": _helper(
        """
        def star(*args, **kwargs):
            args[0].socket.send(str(len(args[1].connections)))
            if kwargs:
                kwargs["room"].broadcast(str(len(kwargs["room"].connections)))
        """,
        "star({c}, {r})",
        "star({c}, {r}, room={r})",
    ),
    "mapping": _helper(
        """
        def of_mapping(conns, text):
            for key in conns:
                conns[key].socket.send(text + str(len(conns)))
            return sorted(conns)


        KEPT_MAPPINGS = []


        def keep_mapping(conns):
            KEPT_MAPPINGS.append(conns)
        """,
        "{c}.send(str(of_mapping({r}.connections, 'mapped')))",
        "keep_mapping({r}.connections)\n{c}.send(str([len(kept) for kept in KEPT_MAPPINGS][-1:]))",
        "conns = {r}.connections\nof_mapping(text='alias', conns=conns)",
    ),
    "generator": _helper(
        """
        def other_peers(room, me):
            for key, peer in room.connections.items():
                if key != me.id:
                    yield peer
        """,
        "for other in other_peers({r}, {c}):\n    other.socket.send('other')",
        "found = next(other_peers({r}, {c}), None)\nif found:\n    found.socket.send('next')",
        "{c}.send(str([other.socket.id for other in other_peers({r}, {c})]))",
    ),
    "game": _helper(
        """
        class Base:
            def __init__(self, room):
                self.room = room

            def count(self):
                return len(self.room.connections)


        class Game(Base):
            def __init__(self, room, connection):
                super().__init__(room)
                self.players = [connection]

            @classmethod
            def of(cls, room, connection):
                return cls(room, connection)

            @staticmethod
            def size(room):
                return len(room.connections)

            @property
            def peers(self):
                return list(self.room.connections.values())

            def __call__(self, text):
                for player in self.players:
                    player.socket.send(text + str(self.count()))

            def __enter__(self):
                return self.room

            def __exit__(self, *exc_info):
                return None
        """,
        "game = Game({r}, {c})\ngame('called')",
        "game = Game.of({r}, {c})\n{c}.send(str(Game.size(game.room)) + str(len(game.peers)))",
        "with Game({r}, {c}) as entered:\n    {c}.send(str(len(entered.connections)))",
        "for player in Game({r}, {c}).peers:\n    player.socket.send('a peer')",
    ),
    "records": _helper(
        """
        @dataclass
        class Seat:
            room: object
            who: object = None


        class Pair(NamedTuple):
            room: object
            who: object


        def seated(seat):
            seat.who.socket.send(str(len(seat.room.connections)))
        """,
        "seated(Seat({r}, {c}))",
        "seated(Seat(who={c}, room={r}))",
        "seated(Pair({r}, {c}))",
        "where, who = Pair({r}, {c})\nwho.socket.send(str(len(where.connections)))",
    ),
    "traced": _helper(
        """
        def traced(function):
            @functools.wraps(function)
            def inner(*args, **kwargs):
                return function(*args, **kwargs)

            return inner


        @traced
        def how_many(room):
            return len(room.connections)


        @traced
        def tell_traced(connection, text):
            connection.socket.send(text)
        """,
        "{c}.send(str(how_many({r})))",
        "tell_traced({c}, 'traced')",
        "tell_traced(text='traced by keyword', connection={c})",
    ),
    "commands": _helper(
        """
        COMMANDS = {}


        def command(name):
            def register(function):
                COMMANDS[name] = function
                return function

            return register


        @command("join")
        def join_game(connection, room):
            connection.socket.send("join " + str(len(room.connections)))


        @command("leave")
        def leave_game(connection, room):
            room.broadcast("leave " + connection.socket.id)
        """,
        "COMMANDS['join']({c}, {r})",
        "for name in sorted(COMMANDS):\n    COMMANDS[name]({c}, {r})",
        "chosen = COMMANDS.get('none')\nif chosen:\n    chosen({c}, {r})",
    ),
    "stores": _helper(
        """
        ROOMS = {}
        WAITING = defaultdict(list)
        QUEUE = deque()
        current = None


        def remember_room(room):
            global current
            current = room
            ROOMS[room.id] = room


        def of_current():
            return len(current.connections)
        """,
        "remember_room({r})\n{c}.send(str(of_current()) + str(len(ROOMS[{r}.id].connections)))",
        "WAITING[{r}.id] = [{c}]\nfor waiting in WAITING[{r}.id]:\n    waiting.socket.send('waits')",
        "QUEUE.append(({c}, {r}))\nwho, where = QUEUE.popleft()\nwho.socket.send(where.id)",
    ),
    "evaluated": _helper(
        """
        def evaluated(room):
            return eval("len(room.connections)")
        """,
        "{c}.send(str(evaluated({r})))",
    ),
    "looked_up": _helper(
        """
        def looked_up(connection, room):
            connection.socket.send("looked up " + str(len(room.connections)))
        """,
        "globals()['looked_up']({c}, {r})",
    ),
    "told_apart": _helper(
        """
        def told_apart(value):
            if hasattr(value, "broadcast"):
                return len(value.connections)
            return value.socket.id
        """,
        "{c}.send(str(told_apart({r})) + str(told_apart({c})))",
    ),
    "shadowed": _helper(
        """
        room = "a global room"


        def shadowed(list):
            return room + str(list)
        """,
        "{c}.send(shadowed(1))",
    ),
    "unused": _helper(
        """
        def unused(room, connection):
            connection.socket.send(str(len(room.connections)))
        """,
        "pass",
    ),
}
