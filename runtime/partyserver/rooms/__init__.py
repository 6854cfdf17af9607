"""One room: its instance, the order of its events, hibernation, alarms, broadcasts, who watches."""

from partyserver.rooms.admission import (
    ROOM_MOVED,
    ConnectedRoom,
    ReachableRoom,
    Rejection,
    admit,
    respond,
)
from partyserver.rooms.alarms import AlarmSchedule
from partyserver.rooms.context import ConnectionContext, Cron, ExecutionContext, Lobby, RoomContext
from partyserver.rooms.current_room import (
    CurrentRoom,
    handling_outside_rooms,
    keep_current_room_awake,
    name_of,
    name_of_current_room,
    party_of_current_room,
    room_in,
    tap_of_current_room,
)
from partyserver.rooms.handler_slips import missed_name
from partyserver.rooms.instance import RoomInstance
from partyserver.rooms.listing import MOST_LISTED, ListedRoom, merged
from partyserver.rooms.party import Party
from partyserver.rooms.party_class import check_party_class
from partyserver.rooms.party_server import PartyServer, ServerOptions, defines
from partyserver.rooms.room import Room
from partyserver.rooms.runner import RoomRunner
from partyserver.rooms.running_handlers import RunningHandlers
from partyserver.rooms.services import Services
from partyserver.rooms.tap import Answered, RoomTap, SocketTap, TappedTransport

__all__ = [
    "MOST_LISTED",
    "ROOM_MOVED",
    "AlarmSchedule",
    "Answered",
    "ConnectedRoom",
    "ConnectionContext",
    "Cron",
    "CurrentRoom",
    "ExecutionContext",
    "ListedRoom",
    "Lobby",
    "Party",
    "PartyServer",
    "ReachableRoom",
    "Rejection",
    "Room",
    "RoomContext",
    "RoomInstance",
    "RoomRunner",
    "RoomTap",
    "RunningHandlers",
    "ServerOptions",
    "Services",
    "SocketTap",
    "TappedTransport",
    "admit",
    "check_party_class",
    "defines",
    "handling_outside_rooms",
    "keep_current_room_awake",
    "merged",
    "missed_name",
    "name_of",
    "name_of_current_room",
    "party_of_current_room",
    "respond",
    "room_in",
    "tap_of_current_room",
]
