"""Seeded schedules of the gates: rooms, clients and commits that get in each other's way as chance has it.

Time is the event loop's own and stands still while anything can happen, so a schedule takes milliseconds and
is the same each time.
"""

from __future__ import annotations

import asyncio
import collections
import copy
import json
import random
import selectors
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.partyserver.in_process import AsgiSocket, Server, running
from tests.soak.experiment import BrokenPromiseError, expect

from partyserver import Connection, MemoryStorage, PartyServer, Request, Response, StorageError
from partyserver.storage import Changes, Commit
from partyserver.storage.memory import MemoryRoomStore
from partyserver.storage.values import decode_value

ROOMS = ("main/a", "main/b", "sleepy/a")
LOST = 1011


class StuckError(BrokenPromiseError):
    """Everything waits for something else."""


class JumpingSelector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Moves its loop's time on to the next timer, in place of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        """Nothing ever happens from outside."""
        if timeout is None:
            raise StuckError("nothing goes on: every task waits for another")
        self.seconds += max(1e-6, timeout)  # a turn takes time too
        return []


class QuickLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes at once."""

    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds since its start."""
        return self._jumping.seconds


class LoopClock:
    """The host's clock, which goes with the event loop's time."""

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return 1_000_000_000_000 + round(asyncio.get_running_loop().time() * 1_000)

    def call_at(self, when: int, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Call back at a time."""
        return asyncio.get_running_loop().call_later(max(0, when - self.now()) / 1_000, callback)


@dataclass
class World:
    """What a schedule has seen.

    Attributes:
        chance: decides.
        settled: tokens of the counts that may be told of.
        started: the numbers of the messages that each connection's handlers started with.
        starts: how many handlers of each room have begun.
        problems: what was not as promised.
        lost, told, tokens: commits that failed, messages that came, tokens that were made.
    """

    chance: random.Random
    settled: set[str] = field(default_factory=set)
    started: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    starts: collections.Counter[str] = field(default_factory=collections.Counter)
    problems: list[str] = field(default_factory=list)
    lost: int = 0
    told: int = 0
    tokens: int = 0

    def hold(self, condition: object, what: str) -> None:
        """Note a problem unless something is so; a handler's exception would only be logged."""
        if not condition:
            self.problems.append(what)

    def token(self) -> str:
        """One that was not there before."""
        self.tokens += 1
        return f"t{self.tokens}"


class ScheduledStorage(MemoryStorage):
    """Commits the writes of a turn at its end, or loses them; it says so some time later."""

    def __init__(self, world: World, *, loses: float) -> None:
        super().__init__()
        self._world, self._loses = world, loses
        self._before: Any = None  # what was there before this turn's writes
        self._open: Commit | None = None
        self._tokens: set[str] = set()  # that this turn wrote
        self._last: Commit | None = None
        self._last_before: Commit | None = None
        self._saying: list[tuple[Commit, set[str]]] = []

    @property
    def pending(self) -> Commit | None:
        """As with `SqliteStorage`."""
        return None if self._last is None or self._last.done() else self._last

    def room(self, party: str, room_id: str) -> MemoryRoomStore:
        """A store that says that it will write."""
        return ScheduledRoomStore(self, party, room_id)

    def writes(self, changes: Changes) -> None:
        """Something is about to be written."""
        if self._open is None:
            loop = asyncio.get_running_loop()
            self._tokens = set()
            self._before = copy.deepcopy(self._rooms)
            self._last_before = self._last
            self._open = self._last = loop.create_future()
            loop.call_soon(self._turn_ended)
        values = filter(None, changes.values.values())
        self._tokens.update(json.loads(decode_value("count", value))[1] for value in values)

    def _turn_ended(self) -> None:
        commit, self._open = self._open, None
        assert commit is not None
        if self._world.chance.random() < self._loses:
            self._rooms.clear()
            self._rooms.update(self._before)
            self._world.lost += 1
            self._last = self._last_before
            commit.set_exception(StorageError("the commit failed"))
            commit.exception()
            return
        self._saying.append((commit, self._tokens))
        if len(self._saying) == 1:
            self._say_later()

    def _say_later(self) -> None:
        loop, chance = asyncio.get_running_loop(), self._world.chance
        if chance.random() < 0.5:
            self._say()
        elif chance.random() < 0.5:
            loop.call_soon(self._say)
        else:
            loop.call_later(chance.choice([0.001, 0.02]), self._say)

    def _say(self) -> None:
        commit, tokens = self._saying.pop(0)
        self._world.settled |= tokens
        commit.set_result(None)
        if self._saying:
            self._say_later()


class ScheduledRoomStore(MemoryRoomStore):
    """The store of one room."""

    def __init__(self, storage: ScheduledStorage, party: str, room_id: str) -> None:
        super().__init__(storage._rooms, (party, room_id))
        self._storage = storage

    def apply(self, changes: Changes) -> None:
        self._storage.writes(changes)
        super().apply(changes)


# Ways of awaiting a storage call: directly, and through tasks.


async def directly(call: Awaitable[Any]) -> Any:
    return await call


async def in_gather(call: Awaitable[Any]) -> Any:
    return (await asyncio.gather(call))[0]


async def in_a_task(call: Awaitable[Any]) -> Any:
    return await asyncio.ensure_future(call)


async def in_nested_gathers(call: Awaitable[Any]) -> Any:
    return (await asyncio.gather(in_gather(in_a_task(call))))[0]


WAYS = (directly, directly, in_gather, in_a_task, in_nested_gathers)


class Counting(PartyServer):
    """Runs what its messages say: a number and the names of steps."""

    world: World
    storage: ScheduledStorage

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        number, *steps = json.loads(message)
        self.world.starts[self.room.internal_id] += 1
        self.world.started[sender.id].append(number)
        for step in steps:
            await getattr(self, step)(sender)

    async def on_request(self, request: Request) -> Response:
        self.world.starts[self.room.internal_id] += 1
        await self.count()
        return Response(await self.room.storage.get("count"))

    async def on_alarm(self) -> None:
        self.world.starts[self.room.internal_id] += 1
        await self.count()
        self.room.broadcast(await self.room.storage.get("count"))

    async def count(self, sender: Connection | None = None) -> None:
        """Read, change, write: no handler may begin between; one that has begun may go on."""
        way, storage, room = self.world.chance.choice(WAYS), self.room.storage, self.room.internal_id
        count, begun = await way(storage.get("count")) or json.dumps([0, "none"]), self.world.starts[room]
        changed = json.dumps([json.loads(count)[0] + 1, self.world.token()])
        await self.world.chance.choice(WAYS)(storage.put("count", changed))
        began = self.world.starts[room] - begun
        self.world.hold(not began, f"{began} handlers began between a read and a write")

    async def tell(self, sender: Connection) -> None:
        sender.send(await self.room.storage.get("count") or "[0, null]")

    async def tell_all(self, sender: Connection) -> None:
        self.room.broadcast(await self.room.storage.get("count") or "[0, null]")

    async def tell_of_another(self, sender: Connection) -> None:
        if self.room.name == "main":
            stub = self.room.context.parties["sleepy"].get("a")
            sender.send((await stub.fetch()).text)

    async def wait(self, sender: Connection) -> None:
        await asyncio.sleep(self.world.chance.choice([0, 0, 0.001, 0.02]))

    async def block(self, sender: Connection) -> None:
        await self.room.block_concurrency_while(self._blocked)

    async def _blocked(self) -> None:
        before = self.world.starts[self.room.internal_id]
        await asyncio.sleep(self.world.chance.choice([0, 0.001, 0.01]))
        began = self.world.starts[self.room.internal_id] - before
        self.world.hold(not began, f"{began} handlers began while events were kept out")

    async def transact(self, sender: Connection) -> None:
        async def change(storage: Any) -> None:
            count = await storage.get("count") or json.dumps([0, "none"])
            await asyncio.sleep(0)
            await storage.put("count", json.dumps([json.loads(count)[0] + 1, self.world.token()]))

        await self.room.storage.transaction(change)

    async def set_alarm(self, sender: Connection) -> None:
        await self.room.storage.set_alarm(LoopClock().now() + self.world.chance.choice([0, 1, 40]))


STEPS = (
    *["count"] * 4,
    *["tell"] * 2,
    "tell_all",
    "tell_of_another",
    "wait",
    "wait",
    "block",
    "transact",
    "set_alarm",
)


class ScheduledSocket(AsgiSocket):
    """A client that checks what it is told."""

    def __init__(self, world: World, app: Any, path: str) -> None:
        self._world = world
        self.next_number = 0
        self.closed_with: int | None = None
        super().__init__(app, path)

    async def _take(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "websocket.close":
            self.closed_with = message["code"]
        if "text" in message:
            self._world.told += 1
            token = json.loads(message["text"])[1]
            seen = token in (None, "none") or token in self._world.settled
            self._world.hold(seen, f"told of {message['text']}, which is not committed")

    def send_steps(self, steps: Sequence[str]) -> None:
        """Send a message."""
        self.send(json.dumps([self.next_number, *steps]))
        self.next_number += 1


async def one(world: World) -> None:
    """Go through one schedule."""
    chance = world.chance
    storage = ScheduledStorage(world, loses=chance.choice([0, 0, 0.05, 0.3]))
    kinds = {"world": world, "storage": storage}
    main = type("Main", (Counting,), kinds)
    sleepy = type("Sleepy", (Counting,), {**kinds, "options": type(Counting.options)(hibernate=True)})
    server = Server(main, sleepy, storage=storage, clock=LoopClock(), idle_timeout=0.05, eviction_timeout=0.1)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(
        lambda _, context: world.problems.append(str(context.get("exception") or context))
    )
    async with running(server.host):
        sockets: list[ScheduledSocket] = []
        for number in range(chance.randrange(4, 25)):
            await _act(world, server, sockets, number)
        await asyncio.sleep(60)
        for socket in sockets:
            if socket.closed_with is None:
                await asyncio.wait_for(socket.leave(), 60)
        await asyncio.sleep(60)
        _check_end(world, server)


async def _act(world: World, server: Server, sockets: list[ScheduledSocket], number: int) -> None:
    chance = world.chance
    open_ones = [socket for socket in sockets if socket.closed_with is None]
    if len(open_ones) < 2 or (chance.random() < 0.15 and len(open_ones) < 6):
        room = chance.choice(ROOMS)
        sockets.append(ScheduledSocket(world, server.host, f"/parties/{room}?_pk={number}"))
    elif chance.random() < 0.05:
        leaving = chance.choice(open_ones)
        leaving.closed_with = 1000
        leaving._events.put_nowait({"type": "websocket.disconnect", "code": 1000})
    else:
        for _ in range(chance.choice([1, 1, 3])):
            steps = [chance.choice(STEPS) for _ in range(chance.randrange(1, 5))]
            chance.choice(open_ones).send_steps(steps)
    for _ in range(chance.choice([0, 0, 1, 3, 10])):
        await asyncio.sleep(0)
    if chance.random() < 0.2:
        await asyncio.sleep(chance.choice([0.001, 0.03, 0.2]))


def _check_end(world: World, server: Server) -> None:
    expect(not world.problems, "; ".join(world.problems))
    for connection, numbers in world.started.items():
        expect(numbers == sorted(set(numbers)), f"connection {connection} was handled as {numbers}")
    for room in ROOMS:
        party, room_id = room.split("/")
        runner = server.room(room_id, party)
        expect(runner.is_idle, f"a handler of {room} still runs")
        expect(runner._gate.is_open, f"the gate of {room} is still closed")
    expect(not server.host._tasks._tasks, f"tasks are left: {server.host._tasks._tasks}")


async def _cancel_all() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def run_one(seed: int) -> World:
    """Go through the schedule of a seed.

    Args:
        seed: of everything that chance decides.

    Raises:
        BrokenPromiseError: a promise of the gates is broken, with the seed.
    """
    world = World(random.Random(seed))
    loop = QuickLoop()
    try:
        loop.run_until_complete(one(world))
    except Exception as error:
        raise BrokenPromiseError(f"schedule {seed}: {error!r}") from error
    finally:
        loop.run_until_complete(_cancel_all())
        loop.close()
    return world
