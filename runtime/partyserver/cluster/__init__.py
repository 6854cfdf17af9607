"""Rooms on more than one machine: who owns a room, and how the other nodes pass on what is for it."""

from partyserver.cluster.engine import (
    ClusterEngine,
    DueAlarm,
    Node,
    Ownership,
    Part,
    RoomData,
)

__all__ = ["ClusterEngine", "DueAlarm", "Node", "Ownership", "Part", "RoomData"]
