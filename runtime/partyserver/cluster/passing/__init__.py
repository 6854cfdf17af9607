"""Passing on: sockets and requests that reach a node go to the one that owns their room, over one link."""

from partyserver.cluster.passing.owned_rooms import OwnedRooms
from partyserver.cluster.passing.passing import Passing

__all__ = ["OwnedRooms", "Passing"]
