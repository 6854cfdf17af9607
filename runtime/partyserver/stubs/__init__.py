"""One room calls another, without the network."""

from partyserver.stubs.request import StubExchange
from partyserver.stubs.room_stubs import Parties, PartyStubs, RoomStub, Switchboard
from partyserver.stubs.socket import StubSocket

__all__ = [
    "Parties",
    "PartyStubs",
    "RoomStub",
    "StubExchange",
    "StubSocket",
    "Switchboard",
]
