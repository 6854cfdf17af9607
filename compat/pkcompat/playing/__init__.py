"""Clients that carry out the steps of traffic, and record what they receive."""

from pkcompat.playing.clients import Clients
from pkcompat.playing.event_log import EventLog, Pace, Received
from pkcompat.playing.in_process_transport import InProcessTransport
from pkcompat.playing.player import play
from pkcompat.playing.socket_transport import SocketTransport

__all__ = [
    "Clients",
    "EventLog",
    "InProcessTransport",
    "Pace",
    "Received",
    "SocketTransport",
    "play",
]
