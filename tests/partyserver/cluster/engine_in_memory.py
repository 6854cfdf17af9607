"""An engine that the nodes of one process share, for tests of what stands on an engine."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from partyserver.cluster import (
    ClusterEngine,
    ClusterSettings,
    DueAlarm,
    Node,
    Ownership,
    Part,
    RoomData,
    StoredRoom,
)
from partyserver.exceptions import NotANodeError
from partyserver.storage import Alarm, KeyRange, KnownRoom, RoomKey


@dataclass
class RoomRow:
    """What is stored of a room."""

    node: int | None = None
    epoch: int = 0
    sequence: int = 0
    entries: dict[str, bytes] = field(default_factory=dict)
    alarm: Alarm | None = None


class Shared:
    """The database."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.ids = itertools.count(1)
        self.nodes: dict[int, tuple[Node, float]] = {}
        self.rooms: dict[RoomKey, RoomRow] = {}
        self.secret = "made once"
        self.crons: set[tuple[str, int]] = set()

    def row(self, room: RoomKey) -> RoomRow:
        """The row of a room, made where there is none."""
        return self.rooms.setdefault(room, RoomRow())

    def owner(self, row: RoomRow) -> Node | None:
        """The living node that owns a room."""
        return None if row.node not in self.nodes else self.nodes[row.node][0]


class EngineInMemory(ClusterEngine):
    """One node's way to the database."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def join(self, address: str, lease: float) -> Node:
        node = Node(next(self.shared.ids), address)
        self.shared.nodes[node.id] = (node, self.shared.now() + lease)
        return node

    async def renew(self, node: Node, lease: float) -> bool:
        if node.id not in self.shared.nodes:
            return False
        self.shared.nodes[node.id] = (node, self.shared.now() + lease)
        return True

    async def leave(self, node: Node) -> None:
        self.shared.nodes.pop(node.id, None)

    async def nodes(self) -> list[Node]:
        now = self.shared.now()
        return [node for node, until in self.shared.nodes.values() if until > now]

    async def shared_secret(self) -> str:
        return self.shared.secret

    async def bury(self, node: Node) -> bool:
        _, until = self.shared.nodes.get(node.id, (node, 0.0))
        if until > self.shared.now():
            return False
        self.shared.nodes.pop(node.id, None)
        return True

    async def clock_difference(self) -> float:
        return 0.0

    async def claim(self, room: RoomKey, node: Node) -> Ownership | Node:
        if node.id not in self.shared.nodes:
            raise NotANodeError(f"node {node.id} is dead")
        row = self.shared.row(room)
        owner = self.shared.owner(row)
        if owner is not None and owner != node and not await self.bury(owner):
            return owner
        row.node, row.epoch = node.id, row.epoch + 1
        return Ownership(row.epoch, row.sequence)

    async def release(self, room: RoomKey, ownership: Ownership) -> None:
        row = self.shared.row(room)
        if row.epoch == ownership.epoch:
            row.node = None

    async def load(self, room: RoomKey, most: int) -> RoomData:
        row = self.shared.row(room)
        size = sum(len(key.encode()) + len(value) for key, value in row.entries.items())
        return RoomData(row.alarm, dict(row.entries) if size <= most else None)

    async def get(self, room: RoomKey, keys: Collection[str]) -> dict[str, bytes]:
        entries = self.shared.row(room).entries
        return {key: entries[key] for key in keys if key in entries}

    async def range(self, room: RoomKey, key_range: KeyRange) -> list[tuple[str, bytes]]:
        entries = self.shared.row(room).entries
        return [(key, entries[key]) for key in key_range.select(entries)]

    async def rooms(self, after: RoomKey | None, most: int) -> list[StoredRoom]:
        held = sorted(room for room, row in self.shared.rooms.items() if row.entries or row.alarm)
        return [StoredRoom(room, 0) for room in held if after is None or room > after][:most]

    async def rooms_of(self, party: str, ids: KeyRange) -> list[KnownRoom]:
        living = {node.id: node.address for node in await self.nodes()}
        known = {
            room_id: KnownRoom(room_id, 0, None if row.node is None else living.get(row.node))
            for (name, room_id), row in self.shared.rooms.items()
            if name == party and (row.entries or row.alarm or row.node in living)
        }
        return [known[room_id] for room_id in ids.select(known)]

    async def commit(self, parts: Sequence[Part]) -> set[RoomKey]:
        refused: set[RoomKey] = set()
        for part in parts:
            row = self.shared.row(part.room)
            if (row.epoch, row.sequence) != (part.epoch, part.sequence):
                refused.add(part.room)
                continue
            row.sequence += 1
            if part.changes.clear:
                row.entries.clear()
            for key, value in part.changes.values.items():
                if value is None:
                    row.entries.pop(key, None)
                else:
                    row.entries[key] = value
            if part.changes.alarm != "keep":
                row.alarm = part.changes.alarm
        return refused

    async def due_alarms(self, parties: Collection[str], until: int, most: int) -> list[DueAlarm]:
        now = self.shared.now()
        living = {node.id for node, lease in self.shared.nodes.values() if lease > now}
        due = [
            DueAlarm(room, row.alarm.next_try)
            for room, row in self.shared.rooms.items()
            if room[0] in parties
            and row.node not in living
            and row.alarm is not None
            and row.alarm.next_try is not None
            and row.alarm.next_try <= until
        ]
        return sorted(due, key=lambda alarm: alarm.next_try)[:most]

    async def claim_cron(self, name: str, moment: int) -> bool:
        if (name, moment) in self.shared.crons:
            return False
        self.shared.crons.add((name, moment))
        return True


@dataclass(frozen=True, kw_only=True)
class InMemory(ClusterSettings):
    """A cluster within this process."""

    shared: Shared = field(default_factory=Shared)

    def engine(self) -> EngineInMemory:
        return EngineInMemory(self.shared)


def in_memory(shared: Shared, number: int = 1, lease: float = 3.0) -> InMemory:
    """The settings of one of the nodes."""
    return InMemory(advertise=f"127.0.0.1:{number}", secret="secret", lease=lease, shared=shared)
